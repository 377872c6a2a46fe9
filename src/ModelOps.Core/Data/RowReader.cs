using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ModelOps.Core.Data;

/// <summary>Computes what the checks need of a row from its canonical bytes. One instance per thread.</summary>
internal sealed class RowReader
{
    private readonly WordHasher _words = new();
    private readonly ArrayBufferWriter<byte> _question = new(), _context = new(), _answer = new();
    private uint[] _shingles = new uint[256];

    public RowFacts Facts(ReadOnlySpan<byte> canonical, in RowLayout layout)
    {
        bool pair = layout.Shape == RowShape.Preference;
        ReadOnlySpan<byte> messages = canonical[layout.Messages];
        ReadOnlySpan<byte> prompt = pair ? messages[..^1] : canonical[layout.Messages.Start..layout.Answer];
        _question.ResetWrittenCount();
        _context.ResetWrittenCount();
        _answer.ResetWrittenCount();
        _words.Clear();
        var before = new MessageCursor(prompt);
        while (before.MoveNext())
        {
            _context.Write([before.Role, (byte)' ']);
            Normalize(before.Content, _context);
            if (before.Role == 'u')
            {
                Normalize(before.Content, _question);
                _words.Add(before.Content);
            }
        }

        int questionWords = _words.Words.Length;
        AddAnswers(pair ? canonical[layout.Chosen] : canonical[layout.Answer..layout.Messages.End]);
        int answerWords = _words.Words.Length - questionWords;
        if (pair)
        {
            AddAnswers(canonical[layout.Rejected]);
        }

        return new RowFacts(
            Hash64(prompt), RowEntry.SketchOf(pair ? canonical : messages), Hash(_question.WrittenSpan), Hash64(_context.WrittenSpan), Hash64(_answer.WrittenSpan), questionWords, answerWords);
    }

    /// <summary>Words of what the users and the assistant say; a system message is common to most rows and says nothing about one.</summary>
    public ReadOnlySpan<uint> Words(ReadOnlySpan<byte> canonical, in RowLayout layout, bool questionOnly)
    {
        _words.Clear();
        AddWords(canonical[layout.Messages], questionOnly);
        if (layout.Shape == RowShape.Preference && !questionOnly)
        {
            AddWords(canonical[layout.Chosen], questionOnly);
            AddWords(canonical[layout.Rejected], questionOnly);
        }

        return _words.Words;
    }

    /// <summary>Hashes of the runs of words, duplicates included; valid until the next call.</summary>
    public ReadOnlySpan<uint> ShinglesOf(ReadOnlySpan<byte> canonical, in RowLayout layout, bool questionOnly)
    {
        ReadOnlySpan<uint> words = Words(canonical, layout, questionOnly);
        if (_shingles.Length < words.Length)
        {
            _shingles = new uint[2 * words.Length];
        }

        return _shingles.AsSpan(0, Shingles.Write(words, _shingles));
    }

    private void AddWords(ReadOnlySpan<byte> list, bool questionOnly)
    {
        var messages = new MessageCursor(list);
        while (messages.MoveNext())
        {
            if (messages.Role == 'u' || (!questionOnly && messages.Role == 'a'))
            {
                _words.Add(messages.Content);
            }
        }
    }

    private void AddAnswers(ReadOnlySpan<byte> list)
    {
        var answers = new MessageCursor(list);
        while (answers.MoveNext())
        {
            Normalize(answers.Content, _answer);
            _words.Add(answers.Content);
        }
    }

    /// <summary>Lower case, runs of white space as one blank, a line end after all.</summary>
    private static void Normalize(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> target)
    {
        Span<byte> output = target.GetSpan((text.Length * 3 / 2) + 2); // a letter's lower case may take one byte more
        int written = 0;
        bool blank = false;
        for (int i = 0; i < text.Length;)
        {
            byte b = text[i];
            if (b is <= (byte)' ' || (b == '\\' && text[i + 1] is (byte)'n' or (byte)'r' or (byte)'t'))
            {
                blank = true;
                i += b == '\\' ? 2 : 1;
                continue;
            }

            int length = 1;
            if (b >= 0x80 && Rune.DecodeFromUtf8(text[i..], out Rune rune, out length) == OperationStatus.Done)
            {
                if (Rune.IsWhiteSpace(rune))
                {
                    blank = true;
                    i += length;
                    continue;
                }

                written = Separate(output, written, ref blank);
                written += Rune.ToLowerInvariant(rune).EncodeToUtf8(output[written..]);
                i += length;
                continue;
            }

            written = Separate(output, written, ref blank);
            output[written++] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
            i++;
        }

        output[written++] = (byte)'\n';
        target.Advance(written);
    }

    private static int Separate(Span<byte> output, int written, ref bool blank)
    {
        if (blank && written > 0)
        {
            output[written++] = (byte)' ';
        }

        blank = false;
        return written;
    }

    private static UInt128 Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private static ulong Hash64(ReadOnlySpan<byte> bytes) => (ulong)(Hash(bytes) >> 64);
}
