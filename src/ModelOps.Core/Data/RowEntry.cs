using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text.Unicode;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Data;

/// <summary>What a manifest remembers of a row: enough to say later what became of it, without its text.</summary>
/// <param name="Id">The row's digest.</param>
/// <param name="Prompt">First 64 bits of the digest of everything before the answer; equal for equal questions.</param>
/// <param name="Sketch">Eight bytes, each of which two texts share with about the probability that they share a word (b-bit minwise hashing, Li and König, 2010, arXiv:0910.3349).</param>
/// <param name="File">Index in the set's files.</param>
public readonly record struct RowEntry(Digest Id, ulong Prompt, ulong Sketch, int File, int Line)
{
    // Odd multipliers of eight hash functions, from the fractional bits of the golden ratio's multiples.
    private static readonly Vector256<uint> s_multipliers = Vector256.Create(
        0x9E3779B1u, 0x3C6EF363u, 0xDAA66D15u, 0x78DDE6C5u, 0x17156077u, 0xB54CDA27u, 0x538454D9u, 0xF1BBCD8Bu);

    public static RowEntry Of(Row row, int file)
    {
        RowFacts facts = row.Facts;
        return new RowEntry(row.Id, facts.Prompt, facts.Sketch, file, row.Line);
    }

    /// <summary>Bytes of the two sketches that agree, 0 to 8.</summary>
    public static int Likeness(ulong left, ulong right)
    {
        int same = 0;
        for (ulong difference = left ^ right, i = 0; i < 8; i++, difference >>= 8)
        {
            same += (difference & 0xFF) == 0 ? 1 : 0;
        }

        return same;
    }

    /// <summary>Characters that the written form has at most.</summary>
    internal const int MaxTextLength = 64 + 1 + 16 + 1 + 16 + 1 + 10 + 1 + 10;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id.Hex} {Prompt:x16} {Sketch:x16} {File}:{Line}");

    /// <summary>Writes <see cref="ToString"/> as ASCII; returns how many bytes.</summary>
    internal int Format(Span<byte> target)
    {
        Span<byte> id = stackalloc byte[Digest.TextLength];
        Id.Format(id);
        id[^64..].CopyTo(target);
        _ = Utf8.TryWrite(target[64..], CultureInfo.InvariantCulture, $" {Prompt:x16} {Sketch:x16} {File}:{Line}", out int written);
        return 64 + written;
    }

    /// <exception cref="FormatException">Not what <see cref="ToString"/> writes.</exception>
    public static RowEntry Parse(string text)
    {
        string[] parts = text.Split(' ', ':');
        return parts.Length == 5 && Digest.TryParse("sha256:" + parts[0], out Digest id)
            && ulong.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong prompt)
            && ulong.TryParse(parts[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong sketch)
            && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int file)
            && int.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out int line)
            ? new RowEntry(id, prompt, sketch, file, line)
            : throw new FormatException("a row entry is not 'id prompt sketch file:line'");
    }

    /// <param name="words">Hashes of the row's words.</param>
    internal static ulong SketchOf(ReadOnlySpan<uint> words)
    {
        Vector256<uint> least = Vector256<uint>.AllBitsSet;
        foreach (uint word in words)
        {
            least = Take(least, word);
        }

        ulong sketch = 0;
        for (int i = 0; i < 8; i++)
        {
            sketch = (sketch << 8) | ((least[i] >> 8) & 0xFF);
        }

        return sketch;
    }

    private static Vector256<uint> Take(Vector256<uint> least, uint word)
    {
        word ^= word >> 15;
        Vector256<uint> mixed = Vector256.Create(word) * s_multipliers;
        mixed ^= mixed >>> 16;
        return Vector256.Min(least, mixed * s_multipliers);
    }
}
