using System.Text;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// The words of NIST's mteval-v13a, as WMT and sacreBLEU use them: XML entities resolved, ASCII punctuation apart from words, full stops and commas apart
/// unless between digits, a hyphen apart after a digit.
/// </summary>
internal static class Tokenizer13a
{
    public static string[] Words(string text)
    {
        string line = text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ')
            .Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        var spaced = new StringBuilder(line.Length + 16);
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            bool digitBefore = i > 0 && char.IsAsciiDigit(line[i - 1]);
            bool digitAfter = i + 1 < line.Length && char.IsAsciiDigit(line[i + 1]);
            if (IsSeparate(c) || (c is '.' or ',' && !(digitBefore && digitAfter)))
            {
                spaced.Append(' ').Append(c).Append(' ');
            }
            else if (c == '-' && digitBefore)
            {
                spaced.Append(' ').Append(c).Append(' ');
            }
            else
            {
                spaced.Append(c);
            }
        }

        return spaced.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>ASCII punctuation and symbols except apostrophe, hyphen, full stop and comma.</summary>
    private static bool IsSeparate(char c) => c is (>= '!' and <= '&') or (>= '(' and <= '+') or '/' or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~');
}
