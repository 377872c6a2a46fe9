using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text;

namespace ModelOps.Core.Data;

/// <summary>
/// Words of a text as 32-bit hashes: runs of letters and digits without case; an ideograph, which no blank separates from its neighbours, is a word
/// by itself. The text is UTF-8 as canonical JSON escapes it. One instance per thread.
/// </summary>
/// <remarks>The words of a run of ASCII are found in 64 bytes at a time and hashed eight at a time; all else is walked character by character. The hashes are the same.</remarks>
internal sealed class WordHasher
{
    private const uint Basis = 2166136261, Prime = 16777619; // FNV-1a

    /// <summary>Bytes of a word that are hashed beside those of its neighbours.</summary>
    private const int Head = sizeof(ulong);

    private const int Width = 64, Lanes = 8;

    /// <summary>Bytes from which a run of ASCII is worth the vectors.</summary>
    private const int LongRun = 48;

    // The byte in lower case, or 0 for what separates words.
    private static readonly byte[] s_lower = [.. Enumerable.Range(0, 128).Select(b => char.IsAsciiLetterOrDigit((char)b) ? (byte)char.ToLowerInvariant((char)b) : (byte)0)];
    private static readonly SearchValues<byte> s_runEnds = SearchValues.Create([.. Enumerable.Range(128, 128).Select(b => (byte)b), (byte)'\\']);

    // Of a word found in a run: its first bytes, and how many it has; 0 for a word whose hash is known.
    private readonly List<(int Word, int Start, int Length)> _long = [];
    private ulong[] _heads = new ulong[256];
    private uint[] _lengths = new uint[256];
    private uint[] _words = new uint[256];
    private int _count;

    public ReadOnlySpan<uint> Words => _words.AsSpan(0, _count);

    public void Clear() => _count = 0;

    public void Add(ReadOnlySpan<byte> text)
    {
        (int first, uint word) = (_count, 0);
        for (int i = 0, end = -1; i < text.Length;)
        {
            if (i >= end && text[i] < 0x80)
            {
                int stop = text[i..].IndexOfAny(s_runEnds);
                end = stop < 0 ? text.Length : i + stop;
                if (end - i >= LongRun)
                {
                    AddRun(text, i, end, ref word);
                    i = end;
                    continue;
                }
            }

            byte b = text[i];
            if (b >= 0x80)
            {
                i += AddRune(text[i..], ref word);
            }
            else if (s_lower[b] is var lower && lower != 0)
            {
                word = ((word == 0 ? Basis : word) ^ lower) * Prime;
                i++;
            }
            else
            {
                Close(ref word);
                i += b == '\\' ? 2 : 1;
            }
        }

        Close(ref word);
        HashHeads(first, text);
    }

    // Takes the words of ASCII text; what a character beyond ASCII may continue is left in the word.
    private void AddRun(ReadOnlySpan<byte> text, int start, int end, ref uint word)
    {
        for (; word != 0 && start < end; start++)
        {
            byte lower = s_lower[text[start]];
            if (lower == 0)
            {
                Close(ref word);
                break;
            }

            word = (word ^ lower) * Prime;
        }

        int open = -1;
        ulong carry = 0;
        Span<byte> last = stackalloc byte[Width];
        for (int at = start; at < end; at += Width)
        {
            scoped ReadOnlySpan<byte> bytes = text[at..end];
            if (bytes.Length < Width)
            {
                last.Clear();
                bytes.CopyTo(last);
                bytes = last;
            }

            ulong letters = Letters(bytes), before = (letters << 1) | carry, starts = letters & ~before, ends = ~letters & before;
            carry = letters >> (Width - 1);
            for (; ends != 0; ends &= ends - 1)
            {
                if (open < 0)
                {
                    open = at + BitOperations.TrailingZeroCount(starts);
                    starts &= starts - 1;
                }

                int stop = at + BitOperations.TrailingZeroCount(ends);
                if (stop == end && end < text.Length)
                {
                    break;
                }

                AddWord(text, open, stop - open);
                open = -1;
            }

            open = starts != 0 ? at + BitOperations.TrailingZeroCount(starts) : open;
        }

        if (open >= 0 && end == text.Length)
        {
            AddWord(text, open, end - open);
        }
        else if (open >= 0)
        {
            word = Hash(0, text[open..end]);
        }
    }

    // A word is begun again where its hash happens to be 0, which stands for no word.
    private static uint Hash(uint word, ReadOnlySpan<byte> letters)
    {
        foreach (byte b in letters)
        {
            word = ((word == 0 ? Basis : word) ^ s_lower[b]) * Prime;
        }

        return word;
    }

    private static ulong Letters(ReadOnlySpan<byte> bytes)
    {
        return Mask(Vector256.Create(bytes)) | ((ulong)Mask(Vector256.Create(bytes[Vector256<byte>.Count..])) << 32);

        static uint Mask(Vector256<byte> v)
            => (Vector256.LessThan((v | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)26))
                | Vector256.LessThan(v - Vector256.Create((byte)'0'), Vector256.Create((byte)10))).ExtractMostSignificantBits();
    }

    private void AddWord(ReadOnlySpan<byte> text, int start, int length)
    {
        Grow();
        if (start + Head <= text.Length)
        {
            _heads[_count] = BinaryPrimitives.ReadUInt64LittleEndian(text[start..]);
        }
        else
        {
            Span<byte> head = stackalloc byte[Head];
            head.Clear();
            text[start..].CopyTo(head);
            _heads[_count] = BinaryPrimitives.ReadUInt64LittleEndian(head);
        }

        _lengths[_count] = (uint)length;
        if (length > Head)
        {
            _long.Add((_count, start, length));
        }

        _count++;
    }

    private void HashHeads(int first, ReadOnlySpan<byte> text)
    {
        // Letters and digits in lower case are what this bit makes of them.
        Vector256<ulong> lower = Vector256.Create(0x2020202020202020ul);
        for (int i = first; i < _count; i += Lanes)
        {
            Vector256<ulong> left = Vector256.LoadUnsafe(ref _heads[i]) | lower, right = Vector256.LoadUnsafe(ref _heads[i + (Lanes / 2)]) | lower;
            Vector256<uint> lengths = Vector256.LoadUnsafe(ref _lengths[i]);
            Vector256<uint> words = Vector256.ConditionalSelect(Vector256.Equals(lengths, Vector256<uint>.Zero), Vector256.LoadUnsafe(ref _words[i]), Vector256.Create(Basis));
            words = HashHalf(words, Vector256.Narrow(left, right), lengths, 0);
            words = HashHalf(words, Vector256.Narrow(left >>> 32, right >>> 32), lengths, Head / 2);
            words.StoreUnsafe(ref _words[i]);
        }

        foreach ((int word, int start, int length) in _long)
        {
            _words[word] = Hash(_words[word], text.Slice(start + Head, length - Head));
        }

        _long.Clear();
        Drop(first);
    }

    // What hashes to 0 is no word.
    private void Drop(int first)
    {
        if (_words.AsSpan(first.._count).Contains(0u))
        {
            uint[] kept = [.. _words.AsSpan(first.._count).ToArray().Where(w => w != 0)];
            kept.CopyTo(_words, first);
            _count = first + kept.Length;
        }
    }

    private static Vector256<uint> HashHalf(Vector256<uint> words, Vector256<uint> bytes, Vector256<uint> lengths, uint done)
    {
        for (uint i = done; i < done + sizeof(uint); i++, bytes >>>= 8)
        {
            Vector256<uint> begun = Vector256.ConditionalSelect(Vector256.Equals(words, Vector256<uint>.Zero), Vector256.Create(Basis), words);
            Vector256<uint> next = (begun ^ (bytes & Vector256.Create(0xFFu))) * Prime;
            words = Vector256.ConditionalSelect(Vector256.GreaterThan(lengths, Vector256.Create(i)), next, words);
        }

        return words;
    }

    private int AddRune(ReadOnlySpan<byte> text, ref uint word)
    {
        if (Rune.DecodeFromUtf8(text, out Rune rune, out int length) != OperationStatus.Done)
        {
            Close(ref word);
            return Math.Max(1, length);
        }

        if (IsIdeograph(rune.Value))
        {
            Close(ref word);
            word = (Basis ^ (uint)rune.Value) * Prime;
            Close(ref word);
        }
        else if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
        {
            word = ((word == 0 ? Basis : word) ^ (uint)Rune.ToLowerInvariant(rune).Value) * Prime;
        }
        else
        {
            Close(ref word);
        }

        return length;
    }

    // Han, kana and their extensions; Hangul is written with blanks.
    private static bool IsIdeograph(int rune) => rune is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    private void Close(ref uint word)
    {
        if (word == 0)
        {
            return;
        }

        Grow();
        _lengths[_count] = 0;
        _words[_count++] = word;
        word = 0;
    }

    // Vectors are loaded and stored whole, so there is room for one more than the words need.
    private void Grow()
    {
        if (_count + Lanes >= _words.Length)
        {
            Array.Resize(ref _words, 2 * _words.Length);
            Array.Resize(ref _heads, _words.Length);
            Array.Resize(ref _lengths, _words.Length);
        }
    }
}
