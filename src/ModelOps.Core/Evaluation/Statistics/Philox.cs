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
        for (int i = 0; i < target.Length; i += 4)
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
}
