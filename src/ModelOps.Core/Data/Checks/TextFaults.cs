using System.Globalization;
using System.Text;

namespace ModelOps.Core.Data;

/// <summary>Characters that broken programs leave in a text.</summary>
internal static class TextFaults
{
    // What Windows-1252 shows for the bytes 0x80 to 0x9F; where it has nothing, programs show the control character itself.
    private const string Upper = "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    /// <summary>The first place where UTF-8 was read as Windows-1252 or Latin-1, and what was meant; null when there is none.</summary>
    public static (int At, string Found, string Meant)? Mojibake(string text)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i + 1 < text.Length; i++)
        {
            int lead = text[i];
            int length = lead is >= 0xC2 and <= 0xDF ? 2 : lead is >= 0xE0 and <= 0xEF ? 3 : lead is >= 0xF0 and <= 0xF4 ? 4 : 0;

            // MAÇÃ» ends a quotation: a capital before the letter makes it one.
            if (length == 0 || i + length > text.Length || (i > 0 && char.IsUpper(text[i - 1])))
            {
                continue;
            }

            bytes[0] = (byte)lead;
            int known = 1;
            while (known < length && ByteOf(text[i + known]) is { } next)
            {
                bytes[known++] = next;
            }

            if (known == length && Rune.DecodeFromUtf8(bytes[..length], out Rune meant, out int used) == System.Buffers.OperationStatus.Done && used == length
                && Rune.GetUnicodeCategory(meant) is not (UnicodeCategory.Control or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse))
            {
                return (i, text.Substring(i, length), meant.ToString());
            }
        }

        return null;
    }

    /// <summary>The first character that stands for one that was lost, U+FFFD; -1 when there is none.</summary>
    public static int Replacement(string text) => text.IndexOf('\uFFFD', StringComparison.Ordinal);

    /// <summary>
    /// The first character that nobody sees and that changes what a model reads: C1 controls, zero-width blanks, a byte order mark, bidirectional controls,
    /// private use. Joiners are letters of many scripts and of emoji, and are none. -1 when there is none.
    /// </summary>
    public static int Invisible(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is (>= '\u007F' and <= '\u009F' and not '\u0085') or '\u200B' or '\u200E' or '\u200F' or '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E')
                or (>= '\u2060' and <= '\u206F') or '\uFEFF' or (>= '\uE000' and <= '\uF8FF') or (>= '\uFFF9' and <= '\uFFFB')
                || (char.IsHighSurrogate(text[i]) && text[i] >= '\uDB80') || (text[i] == '\uDB40' && !InFlag(text, i)))
            {
                return i;
            }
        }

        return -1;
    }

    // Tag characters spell regions after a black flag; elsewhere they hide text.
    private static bool InFlag(string text, int at)
    {
        int start = at;
        while (start >= 2 && text[start - 2] == '\uDB40')
        {
            start -= 2;
        }

        return start >= 2 && text[start - 2] == '\uD83C' && text[start - 1] == '\uDFF4';
    }

    // The byte of a continuation; null when the character is no such byte in Windows-1252.
    private static byte? ByteOf(char c)
    {
        if (c is >= '\u0080' and <= '\u00BF')
        {
            return (byte)c;
        }

        int index = c > '\u00FF' ? Upper.IndexOf(c, StringComparison.Ordinal) : -1;
        return index >= 0 ? (byte)(0x80 + index) : null;
    }
}
