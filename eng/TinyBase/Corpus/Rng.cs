namespace TinyBase.Corpus;

/// <summary>
/// Counter-based random numbers: the n-th draw of (seed, stream, index) is a hash of those four numbers (SplitMix64's finaliser), so every
/// document can be written alone, in any order, on any machine.
/// </summary>
internal sealed class Rng(ulong seed, ulong stream, ulong index)
{
    private readonly ulong _key = Mix(Mix(Mix(seed) ^ stream) ^ index);
    private ulong _counter;

    public ulong NextBits() => Mix(_key + ++_counter * 0x9E3779B97F4A7C15UL);

    /// <summary>0 inclusive to <paramref name="bound"/> exclusive.</summary>
    public int Next(int bound) => (int)(((NextBits() >> 32) * (ulong)bound) >> 32);

    /// <summary>Both ends inclusive.</summary>
    public int Between(int low, int high) => low + Next(high - low + 1);

    /// <summary>True in <paramref name="percent"/> of 100 cases.</summary>
    public bool Chance(int percent) => Next(100) < percent;

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    public T PickOf<T>(params ReadOnlySpan<T> items) => items[Next(items.Length)];

    /// <summary>Distinct items in random order; all of them where there are fewer than asked.</summary>
    public List<T> Sample<T>(IReadOnlyList<T> items, int count)
    {
        var pool = items.ToList();
        Shuffle(pool);
        return pool.Take(count).ToList();
    }

    public void Shuffle<T>(IList<T> items)
    {
        for (int i = items.Count - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
