using System.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>Token ids, one bit each.</summary>
internal sealed class TokenSet(int vocabulary)
{
    private readonly ulong[] _words = new ulong[(vocabulary + 63) / 64];

    internal int Count => _words.Sum(w => BitOperations.PopCount(w));

    internal bool Contains(int token) => token >> 6 < _words.Length && (_words[token >> 6] >> token & 1) != 0;

    internal TokenSet With(IEnumerable<int> tokens)
    {
        var all = tokens.ToList();
        var union = new TokenSet(Math.Max(64 * _words.Length, all.DefaultIfEmpty(0).Max() + 1));
        _words.CopyTo(union._words, 0);
        all.ForEach(union.Add);
        return union;
    }

    internal void Add(int token) => _words[token >> 6] |= 1UL << token;
}
