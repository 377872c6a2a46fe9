using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>
/// Counter-based generator Philox4x32-10 (Salmon et al., SC 2011): the i-th draw of the r-th stream is a pure function of
/// (seed, r, i), so that resamples can be computed in any order and on any number of threads.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;

    /// <summary>Four uniform 32-bit words of the counter under the key.</summary>
    public static (uint, uint, uint, uint) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong first = 0xD2511F53UL * c0;
            ulong second = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(second >> 32) ^ c1 ^ k0, (uint)second, (uint)(first >> 32) ^ c3 ^ k1, (uint)first);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>Fills <paramref name="target"/> with indices below <paramref name="bound"/>; the bias is below bound / 2³².</summary>
    public static void FillIndices(Span<int> target, int bound, ulong seed, uint stream)
    {
        ulong size = (uint)bound;
        for (int i = Avx2.IsSupported ? FillSixteens(target, (uint)bound, seed, stream) : 0; i < target.Length; i += 4)
        {
            (uint a, uint b, uint c, uint d) = Block((uint)(i / 4), 0, stream, 0, (uint)seed, (uint)(seed >> 32));
            target[i] = (int)((a * size) >> 32);
            if (i + 3 < target.Length)
            {
                target[i + 1] = (int)((b * size) >> 32);
                target[i + 2] = (int)((c * size) >> 32);
                target[i + 3] = (int)((d * size) >> 32);
                continue;
            }

            if (i + 1 < target.Length)
            {
                target[i + 1] = (int)((b * size) >> 32);
            }

            if (i + 2 < target.Length)
            {
                target[i + 2] = (int)((c * size) >> 32);
            }
        }
    }

    /// <summary>The same in whole sixteens: four blocks side by side, a word in the lower half of each 64-bit lane; what is in the upper halves never counts.</summary>
    /// <returns>How many were filled.</returns>
    private static int FillSixteens(Span<int> target, uint bound, ulong seed, uint stream)
    {
        var first = Vector256.Create(0xD2511F53UL).AsUInt32();
        var second = Vector256.Create(0xCD9E8D57UL).AsUInt32();
        var size = Vector256.Create((ulong)bound).AsUInt32();
        int i = 0;
        for (; i + 16 <= target.Length; i += 16)
        {
            ulong block = (uint)(i / 4);
            Vector256<ulong> c0 = Vector256.Create(block, block + 1, block + 2, block + 3), c1 = default, c2 = Vector256.Create((ulong)stream), c3 = default;
            uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
            for (int round = 0; round < Rounds; round++)
            {
                Vector256<ulong> one = Avx2.Multiply(c0.AsUInt32(), first), other = Avx2.Multiply(c2.AsUInt32(), second);
                (c0, c1, c2, c3) = ((other >>> 32) ^ c1 ^ Vector256.Create((ulong)k0), other, (one >>> 32) ^ c3 ^ Vector256.Create((ulong)k1), one);
                k0 += 0x9E3779B9;
                k1 += 0xBB67AE85;
            }

            // Each word times the bound: the upper half is the index. Then the four words of each block go beside each other.
            Vector256<ulong> low = Pair(c0, c1, size), high = Pair(c2, c3, size);
            Vector256<ulong> even = Avx2.UnpackLow(low, high), odd = Avx2.UnpackHigh(low, high);
            Avx2.Permute2x128(even, odd, 0x20).AsInt32().CopyTo(target[i..]);
            Avx2.Permute2x128(even, odd, 0x31).AsInt32().CopyTo(target[(i + 8)..]);
        }

        return i;
    }

    private static Vector256<ulong> Pair(Vector256<ulong> even, Vector256<ulong> odd, Vector256<uint> size)
        => (Avx2.Multiply(even.AsUInt32(), size) >>> 32) | (Avx2.Multiply(odd.AsUInt32(), size) & Vector256.Create(0xFFFFFFFF00000000));
}
