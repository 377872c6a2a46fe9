using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Models;

/// <summary>
/// Random numbers that are a function of (seed, stream, index) and of nothing else: SplitMix64's finaliser (Steele, Lea and Flood, 2014)
/// over a keyed counter.
/// </summary>
internal readonly struct CounterRandom(ulong seed, ulong stream)
{
    private readonly ulong _key = Mix(Mix(seed + 0x9E3779B97F4A7C15) ^ (stream + 0xD1B54A32D192ED03));

    internal ulong Bits(ulong index) => Mix(_key + (index + 1) * 0x9E3779B97F4A7C15);

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    internal double Uniform(ulong index) => (Bits(index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Standard normal (Box and Muller, 1958).</summary>
    internal double Normal(ulong index)
    {
        double radius = Math.Sqrt(-2 * PortableMath.Log(1 - Uniform(2 * index)));
        return radius * PortableMath.Cos(2 * Math.PI * Uniform(2 * index + 1));
    }

    /// <summary>A permutation of 0..count-1 (Fisher and Yates).</summary>
    internal int[] Permutation(int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)Math.BigMul(Bits((ulong)i), (ulong)(i + 1), out _);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
