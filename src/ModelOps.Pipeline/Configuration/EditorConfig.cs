using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ModelOps.Pipeline.Configuration;

/// <summary>One <c>.editorconfig</c> (the specification of editorconfig.org, 0.17): sections of globs with properties.</summary>
internal sealed partial class EditorConfig
{
    public const string FileName = ".editorconfig";

    private readonly List<(Regex Glob, string Name, string Value, int Line)> _properties = [];

    private EditorConfig(string path) => Path = path;

    public string Path { get; }

    /// <summary>Files in folders above do not count.</summary>
    public bool IsRoot { get; private set; }

    public static EditorConfig Parse(string path, IReadOnlyList<string> lines)
    {
        var config = new EditorConfig(path);
        Regex? section = null;
        foreach ((int index, string raw) in lines.Index())
        {
            string line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            if (line[0] == '[' && line[^1] == ']')
            {
                section = Glob(line[1..^1]);
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
            {
                (string name, string value) = (line[..at].Trim(), line[(at + 1)..].Trim());
                if (section is not null)
                {
                    config._properties.Add((section, name, value, index + 1));
                }
                else
                {
                    config.IsRoot |= name.Equals("root", StringComparison.OrdinalIgnoreCase) && value.Equals("true", StringComparison.OrdinalIgnoreCase);
                }
            }
        }

        return config;
    }

    /// <summary>The value of a property for a file, and the line it stands on; of several the last.</summary>
    public (string Value, int Line)? Find(string name, string file)
    {
        string relative = System.IO.Path.GetRelativePath(System.IO.Path.GetDirectoryName(Path)!, file).Replace('\\', '/');
        for (int i = _properties.Count - 1; i >= 0; i--)
        {
            (Regex glob, string found, string value, int line) = _properties[i];
            if (found.Equals(name, StringComparison.OrdinalIgnoreCase) && glob.IsMatch(relative))
            {
                return (value, line);
            }
        }

        return null;
    }

    // A glob without a slash is one of file names, in whatever folder.
    private static Regex Glob(string glob)
    {
        int slash = glob.IndexOf('/', StringComparison.Ordinal);
        var pattern = new StringBuilder("^").Append(slash < 0 ? "(?:.*/)?" : "");
        Append(pattern, slash == 0 ? glob[1..] : glob);
        return new Regex(pattern.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    private static void Append(StringBuilder pattern, string glob)
    {
        int open = 0;
        for (int i = 0; i < glob.Length; i++)
        {
            string rest = glob[i..];
            if (Range().Match(rest) is { Success: true } range)
            {
                pattern.Append("(?:").AppendJoin('|', Numbers(range)).Append(')');
                i += range.Length - 1;
            }
            else if (Set().Match(rest) is { Success: true } set)
            {
                pattern.Append(set.Groups[1].Length > 0 ? "[^" : "[").Append(Regex.Escape(set.Groups[2].Value).Replace("]", "\\]", StringComparison.Ordinal)).Append(']');
                i += set.Length - 1;
            }
            else
            {
                bool closed = rest.Contains('}', StringComparison.Ordinal);
                pattern.Append(glob[i] switch
                {
                    '*' when rest.StartsWith("**/", StringComparison.Ordinal) => "(?:.*/)?",
                    '*' when rest.StartsWith("**", StringComparison.Ordinal) => ".*",
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    '{' when closed => "(?:",
                    '}' when open > 0 => ")",
                    ',' when open > 0 => "|",
                    '\\' when i + 1 < glob.Length => Regex.Escape(glob[++i].ToString()),
                    char c => Regex.Escape(c.ToString()),
                });
                open += glob[i] == '{' && closed ? 1 : glob[i] == '}' && open > 0 ? -1 : 0;
                i += rest.StartsWith("**/", StringComparison.Ordinal) ? 2 : rest.StartsWith("**", StringComparison.Ordinal) ? 1 : 0;
            }
        }

        pattern.Append(')', open);
    }

    private static IEnumerable<string> Numbers(Match range)
    {
        int first = int.Parse(range.Groups[1].ValueSpan, CultureInfo.InvariantCulture), last = int.Parse(range.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
        return Enumerable.Range(Math.Min(first, last), Math.Min(Math.Abs(last - first), 9_999) + 1).Select(n => n.ToString(CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^\{(-?\d{1,6})\.\.(-?\d{1,6})\}")]
    private static partial Regex Range();

    [GeneratedRegex(@"^\[(!?)([^\]/]+)\]")]
    private static partial Regex Set();
}
