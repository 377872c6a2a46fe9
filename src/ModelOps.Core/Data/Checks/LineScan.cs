using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Core.Data;

/// <summary>
/// One pass over a line's bytes that says whether a closer look may find anything, so that ordinary rows cost no more than this. It counts 64 bytes at a time; only a line in which
/// that shows a mark of any fault is walked byte by byte.
/// </summary>
internal static class LineScan
{
    private const int TokenLength = 16, Digits = 8, Dashes = 5, Width = 64;

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

    public static bool IsSuspicious(ReadOnlySpan<byte> line) => HasMarks(line) && HasFault(line);

    // True for whatever HasFault is true for, and for some lines more.
    private static bool HasMarks(ReadOnlySpan<byte> line)
    {
        Span<byte> last = stackalloc byte[Width];
        ulong token = 0, escape = 0;
        int digits = 0, dashes = 0;
        while (!line.IsEmpty)
        {
            scoped ReadOnlySpan<byte> bytes = line;
            if (line.Length < Width)
            {
                last.Clear();
                line.CopyTo(last);
                bytes = last;
            }

            ByteMasks low = ByteMasks.Of(Vector256.Create(bytes)), high = ByteMasks.Of(Vector256.Create(bytes[Vector256<byte>.Count..]));
            if ((low.Marks | high.Marks) != 0 && HasMark(line, low.Marks | ((ulong)high.Marks << 32)))
            {
                return true;
            }

            ulong escapes = low.Escapes | ((ulong)high.Escapes << 32), us = low.Us | ((ulong)high.Us << 32), tokens = low.Tokens | ((ulong)high.Tokens << 32);
            digits += BitOperations.PopCount(low.Digits) + BitOperations.PopCount(high.Digits);
            dashes += BitOperations.PopCount(low.Dashes) + BitOperations.PopCount(high.Dashes);
            if (digits >= Digits || dashes >= Dashes || (((escapes << 1) | escape) & us) != 0 || HasRun(tokens, token))
            {
                return true;
            }

            escape = escapes >> 63;
            token = tokens >> (Width - TokenLength);
            line = line[Math.Min(Width, line.Length)..];
        }

        return false;
    }

    private static bool HasMark(ReadOnlySpan<byte> line, ulong marks)
    {
        for (; marks != 0; marks &= marks - 1)
        {
            ReadOnlySpan<byte> rest = line[BitOperations.TrailingZeroCount(marks)..];
            if (rest[0] == '@' || IsSuspiciousText(rest))
            {
                return true;
            }
        }

        return false;
    }

    // Whether TokenLength bits in a row are set; those before the mask are the lower bits of another one.
    private static bool HasRun(ulong mask, ulong before)
    {
        ulong joint = (mask << TokenLength) | before, runs = mask;
        for (int length = 1; length < TokenLength; length *= 2)
        {
            runs &= runs >> length;
            joint &= joint >> length;
        }

        return (runs | joint) != 0;
    }

    /// <summary>Which of 32 bytes are of a kind, a bit each.</summary>
    private readonly record struct ByteMasks(uint Marks, uint Escapes, uint Us, uint Tokens, uint Digits, uint Dashes)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ByteMasks Of(Vector256<byte> bytes)
        {
            Vector256<byte> letter = Vector256.LessThan((bytes | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)26));
            Vector256<byte> digit = Vector256.LessThan(bytes - Vector256.Create((byte)'0'), Vector256.Create((byte)10));
            Vector256<byte> dash = Vector256.Equals(bytes, Vector256.Create((byte)'-'));
            Vector256<byte> mark = Vector256.Equals(bytes, Vector256.Create((byte)'@')) | Vector256.GreaterThanOrEqual(bytes, Vector256.Create((byte)0x7F));
            return new ByteMasks(
                mark.ExtractMostSignificantBits(),
                Vector256.Equals(bytes, Vector256.Create((byte)'\\')).ExtractMostSignificantBits(),
                Vector256.Equals(bytes, Vector256.Create((byte)'u')).ExtractMostSignificantBits(),
                (letter | digit | dash | Vector256.Equals(bytes, Vector256.Create((byte)'_'))).ExtractMostSignificantBits(),
                digit.ExtractMostSignificantBits(),
                dash.ExtractMostSignificantBits());
        }
    }

    internal static bool HasFault(ReadOnlySpan<byte> line)
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

            if (digits >= Digits || dashes >= Dashes || (token >= TokenLength && marks > 0))
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
