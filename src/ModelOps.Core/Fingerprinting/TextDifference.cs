using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Fingerprinting;

/// <summary>A piece of two texts.</summary>
/// <param name="Sign"><c>' '</c> in both, <c>'-'</c> in the old one only, <c>'+'</c> in the new one only.</param>
public readonly record struct TextPiece(char Sign, string Text);

/// <summary>The difference of two texts word by word: longest common subsequence of words, spaces and marks.</summary>
public static class TextDifference
{
    // Beyond this the table of the comparison would be larger than the texts deserve.
    private const int MostTokens = 3000;

    /// <summary>Words kept around a change when a line is shortened.</summary>
    private const int Context = 30;

    public static IReadOnlyList<TextPiece> Between(string old, string @new)
    {
        string[] a = [.. Tokens(old)], b = [.. Tokens(@new)];
        int head = 0, tail = 0;
        while (head < a.Length && head < b.Length && a[head] == b[head])
        {
            head++;
        }

        while (tail < a.Length - head && tail < b.Length - head && a[^(tail + 1)] == b[^(tail + 1)])
        {
            tail++;
        }

        var pieces = new List<TextPiece>();
        Append(pieces, ' ', a[..head]);
        Middle(pieces, a[head..^tail], b[head..^tail]);
        Append(pieces, ' ', a[^tail..]);
        return pieces;
    }

    /// <summary>One line, safe for terminals and logs: <c>close the [-window-]{+door+} please</c>; what did not change is shortened.</summary>
    public static string ToLine(string old, string @new)
    {
        var line = new StringBuilder();
        IReadOnlyList<TextPiece> pieces = Between(old, @new);
        for (int i = 0; i < pieces.Count; i++)
        {
            line.Append(pieces[i].Sign switch
            {
                '-' => $"[-{ForeignText.Clean(pieces[i].Text)}-]",
                '+' => $"{{+{ForeignText.Clean(pieces[i].Text)}+}}",
                _ => Shorten(pieces[i].Text, i == 0, i == pieces.Count - 1),
            });
        }

        return line.ToString();
    }

    private static string Shorten(string text, bool first, bool last)
    {
        string start = first ? "" : text[..Math.Min(Context, text.Length)], end = last ? "" : text[^Math.Min(Context, text.Length)..];
        return text.Length <= 2 * Context ? ForeignText.Clean(text) : $"{ForeignText.Clean(start)}…{ForeignText.Clean(end)}";
    }

    // Words, runs of white space, and every other character by itself.
    private static IEnumerable<string> Tokens(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int end = at + 1;
            Func<char, bool>? kind = char.IsLetterOrDigit(text[at]) ? char.IsLetterOrDigit : char.IsWhiteSpace(text[at]) ? char.IsWhiteSpace
                : char.IsHighSurrogate(text[at]) ? c => char.IsLowSurrogate(c) : null;
            while (end < text.Length && kind?.Invoke(text[end]) == true)
            {
                end++;
            }

            yield return text[at..end];
            at = end;
        }
    }

    private static void Middle(List<TextPiece> pieces, string[] a, string[] b)
    {
        if (a.Length > MostTokens || b.Length > MostTokens)
        {
            Append(pieces, '-', a);
            Append(pieces, '+', b);
            return;
        }

        // common[i, j]: length of the longest common subsequence of a[i..] and b[j..].
        var common = new ushort[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
            {
                common[i, j] = a[i] == b[j] ? (ushort)(common[i + 1, j + 1] + 1) : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        for (int i = 0, j = 0; i < a.Length || j < b.Length;)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                Append(pieces, ' ', [a[i]]);
                (i, j) = (i + 1, j + 1);
            }
            else if (i < a.Length && (j == b.Length || common[i + 1, j] >= common[i, j + 1]))
            {
                Append(pieces, '-', [a[i++]]);
            }
            else
            {
                Append(pieces, '+', [b[j++]]);
            }
        }
    }

    private static void Append(List<TextPiece> pieces, char sign, string[] tokens)
    {
        if (tokens.Length == 0)
        {
            return;
        }

        string text = string.Concat(tokens);
        if (pieces.Count > 0 && pieces[^1].Sign == sign)
        {
            pieces[^1] = new TextPiece(sign, pieces[^1].Text + text);
        }
        else
        {
            pieces.Add(new TextPiece(sign, text));
        }
    }
}
