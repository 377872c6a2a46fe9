using System.Buffers;
using System.Globalization;
using System.Text;

namespace ModelOps.Core.Data;

/// <summary>
/// Words of a text as 32-bit hashes: runs of letters and digits without case; an ideograph, which no blank separates from its neighbours, is a word
/// by itself. The text is UTF-8 as canonical JSON escapes it. One instance per thread.
/// </summary>
internal sealed class WordHasher
{
    private const uint Basis = 2166136261, Prime = 16777619; // FNV-1a

    // The byte in lower case, or 0 for what separates words.
    private static readonly byte[] s_lower = [.. Enumerable.Range(0, 128).Select(b => char.IsAsciiLetterOrDigit((char)b) ? (byte)char.ToLowerInvariant((char)b) : (byte)0)];
    private uint[] _words = new uint[256];
    private int _count;

    public ReadOnlySpan<uint> Words => _words.AsSpan(0, _count);

    public void Clear() => _count = 0;

    public void Add(ReadOnlySpan<byte> text)
    {
        uint word = 0;
        for (int i = 0; i < text.Length;)
        {
            byte b = text[i];
            if (b < 0x80)
            {
                byte lower = s_lower[b];
                if (lower != 0)
                {
                    word = ((word == 0 ? Basis : word) ^ lower) * Prime;
                    i++;
                    continue;
                }

                Close(ref word);
                i += b == '\\' ? 2 : 1;
                continue;
            }

            i += AddRune(text[i..], ref word);
        }

        Close(ref word);
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

        if (_count == _words.Length)
        {
            Array.Resize(ref _words, 2 * _count);
        }

        _words[_count++] = word;
        word = 0;
    }
}
