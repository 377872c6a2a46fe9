using System.Buffers;
using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>
/// The part of YAML that prompt files use: nested <c>key: value</c> by indentation, plain and quoted scalars, <c>|</c> and <c>&gt;</c> blocks,
/// lists of scalars, comments. Anything else (anchors, tags, flow mappings, tabs) is refused by line and column and never guessed at.
/// </summary>
internal sealed class FrontMatterParser(string file, IReadOnlyList<string> lines, int firstLine)
{
    private static readonly SearchValues<char> s_notInFlowList = SearchValues.Create("[]{}\"'#");

    private int _at;

    /// <param name="lines">The lines between the markers.</param>
    /// <param name="firstLine">Line number in the file of the first of them.</param>
    public static FrontMatterNode Parse(string file, IReadOnlyList<string> lines, int firstLine)
    {
        var parser = new FrontMatterParser(file, lines, firstLine);
        IReadOnlyList<FrontMatterEntry> entries = parser.Map(indent: 0);
        return parser.Next() is null ? new FrontMatterNode(new SourceLocation(file, firstLine)) { Entries = entries } : throw parser.Bad(0, "its indentation fits no line above it");
    }

    private string Line => lines[_at];

    /// <summary>Indentation of the next line that says something; null at the end.</summary>
    private int? Next()
    {
        for (; _at < lines.Count; _at++)
        {
            string line = Line;
            int indent = line.AsSpan().IndexOfAnyExcept(' ');
            if (indent >= 0 && line[indent] == '\t')
            {
                throw Bad(indent, "YAML is indented by spaces, never by tabs");
            }

            if (indent >= 0 && line[indent] != '#')
            {
                return indent;
            }
        }

        return null;
    }

    private List<FrontMatterEntry> Map(int indent)
    {
        var entries = new List<FrontMatterEntry>();
        while (Next() == indent)
        {
            int colon = KeyEnd(indent);
            string key = Line[indent..colon];
            SourceLocation at = Here(indent);
            if (entries.Any(e => e.Key == key))
            {
                throw PromptErrors.NotUnderstood(at, $"'{ForeignText.Clean(key)}' is given twice");
            }

            int start = colon + 1;
            while (start < Line.Length && Line[start] == ' ')
            {
                start++;
            }

            entries.Add(new FrontMatterEntry(key, at, Value(indent, start)));
        }

        return entries;
    }

    private int KeyEnd(int indent)
    {
        int end = indent;
        while (end < Line.Length && (char.IsAsciiLetterOrDigit(Line[end]) || Line[end] is '_' or '-' or '.'))
        {
            end++;
        }

        bool isKey = end > indent && end < Line.Length && Line[end] == ':' && (end + 1 == Line.Length || Line[end + 1] == ' ');
        return isKey ? end : throw Bad(indent, "expected 'key: value'");
    }

    private FrontMatterNode Value(int indent, int start)
    {
        SourceLocation at = Here(start);
        string rest = start < Line.Length ? Line[start..] : "";
        if (rest.TrimEnd() is "|" or ">" or "|-" or ">-")
        {
            _at++;
            return new FrontMatterNode(at) { Scalar = Block(indent, folded: rest[0] == '>') };
        }

        if (rest.Length > 0 && rest[0] != '#')
        {
            FrontMatterNode node = rest[0] == '[' ? new FrontMatterNode(at) { Items = FlowList(start) } : new FrontMatterNode(at) { Scalar = Scalar(start, rest) };
            _at++;
            return node;
        }

        _at++;
        return Next() is { } next && (next > indent || (next == indent && IsItem(next))) ? Nested(at, next) : new FrontMatterNode(at) { Scalar = "" };
    }

    private bool IsItem(int indent) => Line[indent] == '-' && (indent + 1 == Line.Length || Line[indent + 1] == ' ');

    private FrontMatterNode Nested(SourceLocation at, int indent)
    {
        if (!IsItem(indent))
        {
            return new FrontMatterNode(at) { Entries = Map(indent) };
        }

        var items = new List<string>();
        while (Next() == indent && IsItem(indent))
        {
            int start = indent + 1;
            while (start < Line.Length && Line[start] == ' ')
            {
                start++;
            }

            items.Add(Scalar(start, start < Line.Length ? Line[start..] : ""));
            _at++;
        }

        return new FrontMatterNode(at) { Items = items };
    }

    private string Block(int indent, bool folded)
    {
        var text = new List<string>();
        int? inner = null;
        for (; _at < lines.Count; _at++)
        {
            int own = Line.AsSpan().IndexOfAnyExcept(' ');
            if (own >= 0 && own <= indent)
            {
                break;
            }

            inner ??= own >= 0 ? own : null;
            text.Add(own < 0 ? "" : Line[Math.Min(inner!.Value, own)..].TrimEnd());
        }

        return string.Join(folded ? ' ' : '\n', text).Trim();
    }

    private List<string> FlowList(int start)
    {
        string rest = Line[start..].TrimEnd();
        return rest.EndsWith(']') && rest.AsSpan(1, rest.Length - 2).IndexOfAny(s_notInFlowList) < 0
            ? [.. rest[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]
            : throw Bad(start, "only a list of plain words, [a, b], is understood here");
    }

    private string Scalar(int start, string text)
    {
        if (text.Length == 0)
        {
            return "";
        }

        if (text[0] is '"' or '\'')
        {
            return Quoted(start, text);
        }

        if ("&*!|>%@`{}[],?".Contains(text[0], StringComparison.Ordinal) || text.Contains(": ", StringComparison.Ordinal) || text.TrimEnd().EndsWith(':'))
        {
            throw Bad(start, "this part of YAML is not understood; put the value in quotes");
        }

        int comment = text.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? text : text[..comment]).TrimEnd();
    }

    private string Quoted(int start, string text)
    {
        char quote = text[0];
        var value = new StringBuilder();
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == quote && quote == '\'' && i + 1 < text.Length && text[i + 1] == '\'')
            {
                value.Append('\'');
                i++;
            }
            else if (text[i] == quote)
            {
                string after = text[(i + 1)..].TrimStart();
                return after.Length == 0 || after[0] == '#' ? value.ToString() : throw Bad(start + i + 1, "nothing but a comment may follow the closing quote");
            }
            else if (text[i] == '\\' && quote == '"')
            {
                i++;
                value.Append((i < text.Length ? text[i] : '\0') switch
                {
                    'n' => '\n',
                    't' => '\t',
                    '"' => '"',
                    '\\' => '\\',
                    _ => throw Bad(start + i - 1, "of the escapes only \\n, \\t, \\\" and \\\\ are understood"),
                });
            }
            else
            {
                value.Append(text[i]);
            }
        }

        throw Bad(start, "the closing quote is missing");
    }

    private SourceLocation Here(int column) => new(file, firstLine + _at, column + 1);

    private DiagnosticException Bad(int column, string why) => PromptErrors.NotUnderstood(Here(column), why);
}
