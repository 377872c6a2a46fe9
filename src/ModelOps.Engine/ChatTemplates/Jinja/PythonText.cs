using System.Buffers;
using System.Globalization;
using System.Text;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>Python's idea of strings: white space, escapes, code points, the text of numbers.</summary>
internal static class PythonText
{
    /// <summary>What <c>str.isspace</c> calls a space.</summary>
    public const string WhiteSpace =
        "\t\n\v\f\r\u001C\u001D\u001E\u001F \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";

    /// <summary><see cref="WhiteSpace"/> to search for.</summary>
    public static SearchValues<char> Spaces { get; } = SearchValues.Create(WhiteSpace);

    /// <summary>Where <c>str.splitlines</c> ends a line.</summary>
    public static SearchValues<char> LineEnds { get; } = SearchValues.Create("\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029");

    /// <summary>Resolves the escapes of a string literal; an unknown one stays as it is.</summary>
    public static string Unescape(ReadOnlySpan<char> literal, int offset)
    {
        if (literal.IndexOf('\\') < 0)
            return literal.ToString();
        var result = new StringBuilder(literal.Length);
        for (int i = 0; i < literal.Length; i++)
        {
            if (literal[i] != '\\' || i + 1 == literal.Length)
            {
                result.Append(literal[i]);
                continue;
            }

            char escape = literal[++i];
            int simple = "\n\\'\"abfnrtv".IndexOf(escape);
            if (simple >= 0)
                result.Append(simple == 0 ? "" : "\\'\"\a\b\f\n\r\t\v"[simple - 1]);
            else if (escape is 'x' or 'u' or 'U')
                i += AppendHex(result, literal[(i + 1)..], escape == 'x' ? 2 : escape == 'u' ? 4 : 8, offset);
            else if (escape is >= '0' and <= '7')
                i += AppendOctal(result, literal[i..]) - 1;
            else if (escape == 'N')
                throw new JinjaException(offset, "characters by name (\\N) are not supported");
            else
                result.Append('\\').Append(escape);
        }

        return result.ToString();
    }

    public static int Length(string text)
    {
        int count = text.Length;
        foreach (char c in text)
            count -= char.IsLowSurrogate(c) ? 1 : 0;
        return count;
    }

    /// <summary>The code points as strings of one.</summary>
    public static List<object?> Characters(string text) => [.. text.EnumerateRunes().Select(r => (object?)r.ToString())];

    public static string Float(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        // The shortest digits that read back; Python changes to an exponent outside 1e-4 .. 1e16.
        string[] parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        int point = parts[0].IndexOf('.');
        string digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        int exponent = (point < 0 ? digits.Length : point) - 1 + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        int zeros = digits.Length - digits.TrimStart('0').Length;
        exponent = value == 0 ? 0 : exponent - zeros;
        digits = digits.Trim('0') is { Length: > 0 } trimmed ? trimmed : "0";
        string sign = double.IsNegative(value) ? "-" : "";
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[..1]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        digits = digits.PadRight(exponent + 1, '0');
        return $"{sign}{digits[..(exponent + 1)]}.{(digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "0")}";
    }

    /// <summary>A string as <c>repr</c> quotes it.</summary>
    public static string Repr(string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var result = new StringBuilder().Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            int c = rune.Value;
            if (c == quote || c == '\\')
                result.Append('\\').Append((char)c);
            else if (c is '\n' or '\r' or '\t')
                result.Append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
            else if (c == ' ' || IsPrintable(rune))
                result.Append(rune);
            else
                result.Append(c < 0x100 ? $"\\x{c:x2}" : c < 0x10000 ? $"\\u{c:x4}" : $"\\U{c:x8}");
        }

        return result.Append(quote).ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static int AppendHex(StringBuilder result, ReadOnlySpan<char> rest, int digits, int offset)
    {
        if (rest.Length < digits
            || !int.TryParse(rest[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || code is < 0 or > 0x10FFFF)
            throw new JinjaException(offset, "an escape in the string is malformed");
        result.Append(code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
        return digits;
    }

    private static int AppendOctal(StringBuilder result, ReadOnlySpan<char> rest)
    {
        int length = 0, code = 0;
        while (length < 3 && length < rest.Length && rest[length] is >= '0' and <= '7')
            code = (code * 8) + rest[length++] - '0';
        result.Append((char)code);
        return length;
    }
}
