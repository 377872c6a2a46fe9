using System.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>Token ids, one bit each.</summary>
internal sealed class TokenSet(int vocabulary)
{
    private readonly ulong[] _words = new ulong[(vocabulary + 63) / 64];

    internal int Count => _words.Sum(w => BitOperations.PopCount(w));

    internal bool Contains(int token) => (_words[token >> 6] >> token & 1) != 0;

    internal void Add(int token) => _words[token >> 6] |= 1UL << token;
}
