using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text;

namespace ModelOps.Core.Data;

/// <summary>
/// A text without what people do not see as a difference: lower case, runs of white space as one blank, none at either end. The text is UTF-8 as canonical JSON escapes it. ASCII without
/// escapes is taken 32 bytes at a time, all else character by character.
/// </summary>
internal static class NormalText
{
    /// <summary>Bytes that <see cref="Write"/> may need: a letter's lower case may take one byte more, and vectors are stored whole.</summary>
    public static int MaxLength(int length) => (length * 3 / 2) + 2 + Vector256<byte>.Count;

    /// <summary>Returns how many bytes were written.</summary>
    public static int Write(ReadOnlySpan<byte> text, Span<byte> output)
    {
        int written = 0;
        bool blank = false;
        for (int i = 0; i < text.Length;)
        {
            if (i + Vector256<byte>.Count <= text.Length && Plain(Vector256.Create(text[i..])) is var plain and > 0)
            {
                written = Separate(output, written, ref blank);
                Lower(Vector256.Create(text[i..])).CopyTo(output[written..]);
                written += plain;
                i += plain;
                continue;
            }

            i += IsBlank(text, i, out int length) ? Skip(length, ref blank) : WriteOne(text[i..], output, ref written, ref blank);
        }

        return written;
    }

    // How many bytes stand as they are but for their case: ASCII with single blanks inside.
    private static int Plain(Vector256<byte> bytes)
    {
        uint blanks = Vector256.Equals(bytes, Vector256.Create((byte)' ')).ExtractMostSignificantBits();
        Vector256<byte> other = Vector256.LessThan(bytes, Vector256.Create((byte)' ')) | Vector256.GreaterThanOrEqual(bytes, Vector256.Create((byte)0x80)) | Vector256.Equals(bytes, Vector256.Create((byte)'\\'));
        uint ends = other.ExtractMostSignificantBits() | (blanks & (blanks << 1));
        int length = Math.Min(BitOperations.TrailingZeroCount(ends), Vector256<byte>.Count);
        return (blanks & 1) != 0 ? 0 : length > 0 && (blanks >> (length - 1) & 1) != 0 ? length - 1 : length;
    }

    private static Vector256<byte> Lower(Vector256<byte> bytes)
        => bytes | (Vector256.LessThan(bytes - Vector256.Create((byte)'A'), Vector256.Create((byte)26)) & Vector256.Create((byte)0x20));

    private static bool IsBlank(ReadOnlySpan<byte> text, int at, out int length)
    {
        byte b = text[at];
        length = b == '\\' ? 2 : 1;
        return b is <= (byte)' ' || (b == '\\' && text[at + 1] is (byte)'n' or (byte)'r' or (byte)'t')
            || (b >= 0x80 && Rune.DecodeFromUtf8(text[at..], out Rune rune, out length) == OperationStatus.Done && Rune.IsWhiteSpace(rune));
    }

    private static int Skip(int length, ref bool blank)
    {
        blank = true;
        return length;
    }

    private static int WriteOne(ReadOnlySpan<byte> text, Span<byte> output, ref int written, ref bool blank)
    {
        written = Separate(output, written, ref blank);
        if (text[0] >= 0x80 && Rune.DecodeFromUtf8(text, out Rune rune, out int length) == OperationStatus.Done)
        {
            written += Rune.ToLowerInvariant(rune).EncodeToUtf8(output[written..]);
            return length;
        }

        // An escaped character stays with its backslash: what follows one may be another.
        if (text[0] == '\\')
        {
            text[..2].CopyTo(output[written..]);
            written += 2;
            return 2;
        }

        output[written++] = text[0] is >= (byte)'A' and <= (byte)'Z' ? (byte)(text[0] | 0x20) : text[0];
        return 1;
    }

    private static int Separate(Span<byte> output, int written, ref bool blank)
    {
        if (blank && written > 0)
        {
            output[written++] = (byte)' ';
        }

        blank = false;
        return written;
    }
}
