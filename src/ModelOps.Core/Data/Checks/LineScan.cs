namespace ModelOps.Core.Data;

/// <summary>One pass over a line's bytes that says whether a closer look may find anything, so that ordinary rows cost no more than this.</summary>
internal static class LineScan
{
    private const int TokenLength = 16, Digits = 8;

    private enum Kind : byte
    {
        Other, Letter, Upper, Digit, Joiner, Gap, Dash, At, Escape, High,
    }

    private static readonly Kind[] s_kinds = [.. Enumerable.Range(0, 256).Select(b => (char)b switch
    {
        >= (char)0x7F => Kind.High,
        >= '0' and <= '9' => Kind.Digit,
        >= 'A' and <= 'Z' => Kind.Upper,
        >= 'a' and <= 'z' => Kind.Letter,
        '_' => Kind.Joiner,
        '-' => Kind.Dash,
        ' ' or '.' or '(' or ')' or '/' => Kind.Gap,
        '@' => Kind.At,
        '\\' => Kind.Escape,
        _ => Kind.Other,
    })];

    public static bool IsSuspicious(ReadOnlySpan<byte> line)
    {
        int token = 0, marks = 0, digits = 0, dashes = 0;
        for (int i = 0; i < line.Length; i++)
        {
            Kind kind = s_kinds[line[i]];
            switch (kind)
            {
                case Kind.Letter or Kind.Joiner:
                    token++;
                    marks += kind == Kind.Joiner ? 1 : 0;
                    digits = 0;
                    dashes = 0;
                    break;
                case Kind.Upper:
                    token++;
                    marks++;
                    dashes = 0; // letters of a bank account number stand between its digits
                    break;
                case Kind.Digit:
                    token++;
                    marks++;
                    digits++;
                    dashes = 0;
                    break;
                case Kind.Dash:
                    token++;
                    marks++;
                    dashes++;
                    break;
                case Kind.Gap:
                    token = marks = dashes = 0;
                    break;
                case Kind.At:
                    return true;
                case Kind.Escape when i + 1 < line.Length && line[i + 1] == 'u':
                    return true;
                case Kind.High when IsSuspiciousText(line[i..]):
                    return true;
                default:
                    token = marks = digits = dashes = 0;
                    break;
            }

            if (digits >= Digits || dashes >= 5 || (token >= TokenLength && marks > 0))
            {
                return true;
            }
        }

        return false;
    }

    // The beginnings of what TextFaults looks for, in UTF-8.
    private static bool IsSuspiciousText(ReadOnlySpan<byte> rest) => rest switch
    {
        [0x7F, ..] => true,
        [0xC2, <= 0x9F, ..] => true, // C1 controls
        [0xC2 or 0xC3, >= 0x82 and <= 0xB4, >= 0xC2, ..] => true, // a letter with which misread UTF-8 begins, before another character that is not ASCII
        [0xE2, 0x80, 0x8B or (>= 0x8E and <= 0x8F) or (>= 0xA8 and <= 0xAE), ..] or [0xE2, 0x81, >= 0xA0 and <= 0xAF, ..] => true, // invisible
        [0xEE, ..] or [0xEF, <= 0xA3, ..] or [0xEF, 0xBB, 0xBF, ..] or [0xEF, 0xBF, >= 0xB9, ..] or [>= 0xF3, ..] => true, // private use, BOM, U+FFFD
        _ => false,
    };
}
