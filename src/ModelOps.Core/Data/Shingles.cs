namespace ModelOps.Core.Data;

/// <summary>
/// A text as the set of its runs of <see cref="Width"/> words (w-shingling, Broder, "On the resemblance and containment of documents", 1997); a shorter
/// text is one run. Two texts are alike to the degree to which their sets overlap (Jaccard).
/// </summary>
internal static class Shingles
{
    public const int Width = 3;

    /// <summary>Writes one hash per run, duplicates included, and returns how many; <paramref name="target"/> has room for the number of words.</summary>
    public static int Write(ReadOnlySpan<uint> words, Span<uint> target)
    {
        if (words.IsEmpty)
        {
            return 0;
        }

        int count = Math.Max(1, words.Length - Width + 1);
        for (int i = 0; i < count; i++)
        {
            uint hash = 0;
            for (int j = i; j < Math.Min(i + Width, words.Length); j++)
            {
                hash = (uint.RotateLeft(hash, 13) ^ words[j]) * 0x9E3779B1;
            }

            hash = (hash ^ (hash >> 15)) * 0x85EBCA6B;
            target[i] = hash ^ (hash >> 13);
        }

        return count;
    }

    /// <summary>The set of a text's runs, in order, for <see cref="Jaccard"/>.</summary>
    public static uint[] SetOf(ReadOnlySpan<uint> words)
    {
        uint[] shingles = new uint[words.Length];
        int count = Write(words, shingles);
        Array.Sort(shingles, 0, count);
        int unique = 0;
        for (int i = 0; i < count; i++)
        {
            if (i == 0 || shingles[i] != shingles[i - 1])
            {
                shingles[unique++] = shingles[i];
            }
        }

        return shingles[..unique];
    }

    /// <summary>Shared members over all members, 0 to 1; 0 where a set is empty.</summary>
    public static double Jaccard(ReadOnlySpan<uint> left, ReadOnlySpan<uint> right)
    {
        int shared = 0;
        for (int i = 0, j = 0; i < left.Length && j < right.Length;)
        {
            (uint a, uint b) = (left[i], right[j]);
            shared += a == b ? 1 : 0;
            i += a <= b ? 1 : 0;
            j += b <= a ? 1 : 0;
        }

        int all = left.Length + right.Length - shared;
        return all == 0 ? 0 : (double)shared / all;
    }
}
