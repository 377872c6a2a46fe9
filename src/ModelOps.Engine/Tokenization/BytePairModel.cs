using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace ModelOps.Engine.Tokenization;

/// <summary>
/// Byte-pair encoding of one part of a text: its symbols are merged pairwise, lowest rank first and leftmost among equals
/// (Sennrich et al. 2016, arXiv:1508.07909). Safe for several threads.
/// </summary>
internal sealed class BytePairModel
{
    private const int MaximumCachedWords = 1 << 16;
    private const int MaximumCachedLength = 64;
    private const int SmallWord = 48;

    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _vocabularyBySpan;
    private readonly Dictionary<long, (int Rank, int Id)> _merges;
    private readonly BytePairOptions _options;
    private readonly int[] _byteIds = new int[256];
    private readonly bool _breaksBeforeMetaspace;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cachedWords;

    public BytePairModel(Dictionary<string, int> vocabulary, Dictionary<long, (int Rank, int Id)> merges, BytePairOptions options)
    {
        _vocabulary = vocabulary;
        _vocabularyBySpan = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
        _options = options;
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int b = 0; b < 256; b++)
        {
            string name = options.ByteLevel ? ByteLevelAlphabet.CharOf((byte)b).ToString() : $"<0x{b:X2}>";
            _byteIds[b] = vocabulary.GetValueOrDefault(name, -1);
        }

        _breaksBeforeMetaspace = !options.ByteLevel && !options.IgnoreMerges && vocabulary.ContainsKey("▁") && !AnyCrossesMetaspace(vocabulary.Keys);
    }

    public static long Pair(int left, int right) => ((long)left << 32) | (uint)right;

    public void Encode(ReadOnlySpan<char> part, List<int> ids)
    {
        if (!_breaksBeforeMetaspace)
        {
            EncodeWord(part, ids);
            return;
        }

        // No token has ▁ after another character, so no merge can cross such a place, and words can be cached one by one.
        int start = 0;
        for (int i = 1; i < part.Length; i++)
        {
            if (part[i] != '▁' || part[i - 1] == '▁')
                continue;
            EncodeWord(part[start..i], ids);
            start = i;
        }

        EncodeWord(part[start..], ids);
    }

    private static bool AnyCrossesMetaspace(IEnumerable<string> tokens)
    {
        foreach (string token in tokens)
        {
            for (int i = 1; i < token.Length; i++)
            {
                if (token[i] == '▁' && token[i - 1] != '▁')
                    return true;
            }
        }

        return false;
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.Length > MaximumCachedLength)
        {
            ids.AddRange(EncodeUncached(word));
            return;
        }

        if (!_cacheBySpan.TryGetValue(word, out int[]? known))
        {
            known = EncodeUncached(word);
            // A full cache keeps what came first: the frequent words of a text come early.
            if (_cachedWords < MaximumCachedWords && _cacheBySpan.TryAdd(word, known))
                Interlocked.Increment(ref _cachedWords);
        }

        ids.AddRange(known);
    }

    private int[] EncodeUncached(ReadOnlySpan<char> word)
    {
        if (_options.IgnoreMerges && TryWhole(word, out int whole))
            return [whole];
        int[] symbols = ArrayPool<int>.Shared.Rent(word.Length * 3);
        int count = _options.ByteLevel ? ByteSymbols(word, symbols) : CharacterSymbols(word, symbols);
        count = count <= SmallWord ? MergeSmall(symbols, count) : BytePairQueue.Merge(symbols, count, _merges);
        int[] result = symbols.AsSpan(0, count).ToArray();
        ArrayPool<int>.Shared.Return(symbols);
        return result;
    }

    private bool TryWhole(ReadOnlySpan<char> word, out int id)
    {
        if (!_options.ByteLevel)
            return _vocabularyBySpan.TryGetValue(word, out id);
        var bytes = Encoding.UTF8.GetBytes(word.ToString());
        return _vocabulary.TryGetValue(string.Create(bytes.Length, bytes, static (chars, from) =>
        {
            for (int i = 0; i < chars.Length; i++)
                chars[i] = ByteLevelAlphabet.CharOf(from[i]);
        }), out id);
    }

    private int ByteSymbols(ReadOnlySpan<char> word, int[] symbols)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(word.Length * 3);
        int length = Encoding.UTF8.GetBytes(word, bytes), count = 0, unknown = 0;
        for (int i = 0; i < length; i++)
        {
            if (_byteIds[bytes[i]] >= 0)
            {
                count = FlushUnknown(symbols, count, ref unknown);
                symbols[count++] = _byteIds[bytes[i]];
            }
            else
            {
                unknown++;
            }
        }

        ArrayPool<byte>.Shared.Return(bytes);
        return FlushUnknown(symbols, count, ref unknown);
    }

    private int CharacterSymbols(ReadOnlySpan<char> word, int[] symbols)
    {
        Span<byte> utf8 = stackalloc byte[4];
        int count = 0, unknown = 0;
        for (int i = 0; i < word.Length;)
        {
            int length = char.IsHighSurrogate(word[i]) ? 2 : 1;
            var character = word.Slice(i, length);
            i += length;
            if (_vocabularyBySpan.TryGetValue(character, out int id))
            {
                count = FlushUnknown(symbols, count, ref unknown);
                symbols[count++] = id;
                continue;
            }

            var bytes = utf8[..Encoding.UTF8.GetBytes(character, utf8)];
            if (_options.ByteFallback && HaveAllBytes(bytes))
            {
                // As the reference does, bytes go before an unknown symbol that is still being gathered.
                foreach (byte b in bytes)
                    symbols[count++] = _byteIds[b];
                continue;
            }

            if (!_options.FuseUnknown)
                count = FlushUnknown(symbols, count, ref unknown);
            unknown++;
        }

        return FlushUnknown(symbols, count, ref unknown);
    }

    private bool HaveAllBytes(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (_byteIds[b] < 0)
                return false;
        }

        return true;
    }

    // Without an unknown token, what is not in the vocabulary is dropped before merging.
    private int FlushUnknown(int[] symbols, int count, ref int unknown)
    {
        int times = _options.UnknownId < 0 ? 0 : _options.FuseUnknown ? Math.Min(unknown, 1) : unknown;
        unknown = 0;
        for (int i = 0; i < times; i++)
            symbols[count++] = _options.UnknownId;
        return count;
    }

    private int MergeSmall(int[] symbols, int count)
    {
        Span<(int Rank, int Id)> merges = stackalloc (int, int)[SmallWord];
        for (int i = 0; i + 1 < count; i++)
            merges[i] = MergeOf(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
            {
                if (merges[i].Rank < merges[best].Rank)
                    best = i;
            }

            if (merges[best].Rank == int.MaxValue)
                break;
            symbols[best] = merges[best].Id;
            count--;
            symbols.AsSpan(best + 2, count - best - 1).CopyTo(symbols.AsSpan(best + 1));
            if (best + 2 < count + 1)
                merges[(best + 2)..count].CopyTo(merges[(best + 1)..]);
            if (best > 0)
                merges[best - 1] = MergeOf(symbols[best - 1], symbols[best]);
            if (best + 1 < count)
                merges[best] = MergeOf(symbols[best], symbols[best + 1]);
        }

        return count;
    }

    private (int Rank, int Id) MergeOf(int left, int right) =>
        _merges.TryGetValue(Pair(left, right), out var merge) ? merge : (int.MaxValue, -1);
}
