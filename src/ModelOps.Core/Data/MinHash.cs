using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Core.Data;

/// <summary>
/// Minwise hashes of a set in bands, so that sets that are alike share the key of a band (locality-sensitive hashing; Broder et al., "Min-wise
/// independent permutations", 1998; Indyk and Motwani, 1998). With 24 bands of 4 hashes two sets of Jaccard 0.8 share a key with a probability of
/// 0.999997, of 0.5 with 0.79, of 0.2 with 0.04: keys only propose, <see cref="Shingles.Jaccard"/> decides.
/// </summary>
internal static class MinHash
{
    public const int Bands = 24;

    private const int RowsPerBand = 4, Hashes = Bands * RowsPerBand, Lanes = 8, Vectors = Hashes / Lanes;

    // One permutation of 32-bit numbers per hash: an exclusive or and an odd multiplier, both from a fixed sequence (SplitMix64).
    private static readonly uint[] s_masks = Sequence(1, 0), s_multipliers = Sequence(2, 1);

    /// <param name="shingles">Not empty.</param>
    /// <param name="bands">Takes <see cref="Bands"/> keys.</param>
    public static void Write(ReadOnlySpan<uint> shingles, Span<uint> bands)
    {
        Span<uint> least = stackalloc uint[Hashes];
        ref uint masks = ref MemoryMarshal.GetArrayDataReference(s_masks), multipliers = ref MemoryMarshal.GetArrayDataReference(s_multipliers);
        for (int v = 0; v < Vectors; v += 4)
        {
            // Four vectors at a time stay in registers.
            Vector256<uint> mask0 = Load(ref masks, v), mask1 = Load(ref masks, v + 1), mask2 = Load(ref masks, v + 2), mask3 = Load(ref masks, v + 3);
            Vector256<uint> mul0 = Load(ref multipliers, v), mul1 = Load(ref multipliers, v + 1), mul2 = Load(ref multipliers, v + 2), mul3 = Load(ref multipliers, v + 3);
            Vector256<uint> min0 = Vector256<uint>.AllBitsSet, min1 = min0, min2 = min0, min3 = min0;
            foreach (uint shingle in shingles)
            {
                Vector256<uint> value = Vector256.Create(shingle);
                min0 = Vector256.Min(min0, (value ^ mask0) * mul0);
                min1 = Vector256.Min(min1, (value ^ mask1) * mul1);
                min2 = Vector256.Min(min2, (value ^ mask2) * mul2);
                min3 = Vector256.Min(min3, (value ^ mask3) * mul3);
            }

            min0.CopyTo(least[(v * Lanes)..]);
            min1.CopyTo(least[((v + 1) * Lanes)..]);
            min2.CopyTo(least[((v + 2) * Lanes)..]);
            min3.CopyTo(least[((v + 3) * Lanes)..]);
        }

        for (int band = 0; band < Bands; band++)
        {
            uint key = (uint)band;
            foreach (uint hash in least.Slice(band * RowsPerBand, RowsPerBand))
            {
                key = (uint.RotateLeft(key, 5) ^ hash) * 0x9E3779B1;
                key ^= key >> 16;
            }

            bands[band] = key;
        }
    }

    private static Vector256<uint> Load(ref uint values, int vector) => Vector256.LoadUnsafe(ref values, (nuint)(vector * Lanes));

    private static uint[] Sequence(ulong seed, uint odd)
    {
        uint[] values = new uint[Hashes];
        ulong state = seed;
        for (int i = 0; i < values.Length; i++)
        {
            ulong z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            values[i] = (uint)((z ^ (z >> 31)) >> 32) | odd;
        }

        return values;
    }
}
