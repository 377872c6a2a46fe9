using System.Globalization;
using System.Text;

namespace ModelOps.Core.Diagnostics;

/// <summary>Makes text that we did not write (model answers, dataset rows, file content) safe for logs and terminals.</summary>
public static class ForeignText
{
    /// <summary>
    /// One line without terminal escapes, control, bidirectional or invisible characters, and without anything that a CI system takes for
    /// a command (<c>##vso[</c>, <c>##[</c>, <c>::name::</c>, TeamCity's <c>##teamcity[</c>). Line breaks become <c>⏎</c>, other removed
    /// characters <c>·</c>. Longer text is cut and says how much is missing.
    /// </summary>
    /// <param name="maxLength">Most UTF-16 code units of the text that are kept; 1 or more.</param>
    public static string Clean(string? text, int maxLength = 200)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var result = new StringBuilder(Math.Min(text.Length, maxLength) + 32);
        int at = 0;
        while (at < text.Length && at < maxLength)
        {
            at += AppendOne(text, at, result);
        }

        if (at < text.Length)
        {
            result.Append(CultureInfo.InvariantCulture, $"… ({text.Length - at} more)");
        }

        return result.ToString();
    }

    // Appends what stands for the character or escape sequence at 'at'; returns how many code units it took.
    private static int AppendOne(string text, int at, StringBuilder result)
    {
        char c = text[at];
        if (c is '\u001B' or '\u009B')
        {
            result.Append('·');
            return EscapeLength(text, at);
        }

        if (c is '\r' or '\n' or '\u2028' or '\u2029' or '\u0085')
        {
            result.Append('⏎');
            return c == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
        }

        if (c == '\t')
        {
            result.Append(' ');
            return 1;
        }

        if ((c is '#' or ':') && result.Length > 0 && result[^1] == c)
        {
            result.Append('·');
        }

        if (!Rune.TryGetRuneAt(text, at, out Rune rune))
        {
            result.Append('\uFFFD');
            return 1;
        }

        // Format characters hold the bidirectional controls, zero-width characters, the byte order mark and the tag characters.
        bool hidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate;
        result.Append(hidden ? "·" : rune.ToString());
        return rune.Utf16SequenceLength;
    }

    // ECMA-48: CSI ends with a byte 0x40–0x7E; OSC, DCS, SOS, PM and APC end with BEL or ST; other escapes have intermediates and one final.
    private static int EscapeLength(string text, int at)
    {
        bool csi = text[at] == '\u009B';
        int next = at + 1;
        if (!csi)
        {
            if (next >= text.Length)
            {
                return 1;
            }

            if (text[next] is ']' or 'P' or 'X' or '^' or '_')
            {
                int end = text.AsSpan(next).IndexOfAny('\u0007', '\u001B', '\n');
                return end < 0 ? text.Length - at : next + end - at + (text[next + end] == '\u0007' ? 1 : 0);
            }

            csi = text[next] == '[';
            next += csi ? 1 : 0;
        }

        while (next < text.Length && text[next] >= 0x20 && text[next] < (csi ? 0x40 : 0x30))
        {
            next++;
        }

        return Math.Min(text.Length, next < text.Length && text[next] is >= '\u0030' and <= '\u007E' ? next + 1 : next) - at;
    }
}
