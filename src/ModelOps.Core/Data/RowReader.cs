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
    private int _questionWords;

    /// <summary>What the checks compare. <see cref="ShinglesOfLast"/> is then of this row.</summary>
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
            int start = _context.WrittenCount;
            Normalize(before.Content, _context);
            if (before.Role == 'u')
            {
                _question.Write(_context.WrittenSpan[start..]);
                _words.Add(before.Content);
            }
        }

        _questionWords = _words.Words.Length;
        AddAnswers(pair ? canonical[layout.Chosen] : canonical[layout.Answer..layout.Messages.End]);
        int answerWords = _words.Words.Length - _questionWords;
        if (pair)
        {
            AddAnswers(canonical[layout.Rejected]);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(prompt, hash);
        return new RowFacts(
            BinaryPrimitives.ReadUInt64BigEndian(hash), RowEntry.SketchOf(_words.Words), TextHash.Of(_question.WrittenSpan), (ulong)TextHash.Of(_context.WrittenSpan),
            (ulong)TextHash.Of(_answer.WrittenSpan), _questionWords, answerWords);
    }

    /// <summary>
    /// Hashes of the runs of words of the row that was read last, duplicates included; valid until the next call. Words are those of the users' messages and of the answers: a system
    /// message is common to most rows and says nothing about one.
    /// </summary>
    public ReadOnlySpan<uint> ShinglesOfLast(bool questionOnly)
    {
        ReadOnlySpan<uint> words = questionOnly ? _words.Words[.._questionWords] : _words.Words;
        if (_shingles.Length < words.Length)
        {
            _shingles = new uint[2 * words.Length];
        }

        return _shingles.AsSpan(0, Shingles.Write(words, _shingles));
    }

    /// <summary>The set of the runs of words, in order.</summary>
    public uint[] SetOf(ReadOnlySpan<byte> canonical, in RowLayout layout, bool questionOnly)
    {
        _words.Clear();
        bool pair = layout.Shape == RowShape.Preference;
        var before = new MessageCursor(pair ? canonical[layout.Messages] : canonical[layout.Messages.Start..layout.Answer]);
        while (before.MoveNext())
        {
            if (before.Role == 'u')
            {
                _words.Add(before.Content);
            }
        }

        if (!questionOnly)
        {
            AddWords(pair ? canonical[layout.Chosen] : canonical[layout.Answer..layout.Messages.End]);
            AddWords(pair ? canonical[layout.Rejected] : default);
        }

        return Shingles.SetOf(_words.Words);
    }

    private void AddWords(ReadOnlySpan<byte> list)
    {
        var messages = new MessageCursor(list);
        while (messages.MoveNext())
        {
            _words.Add(messages.Content);
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

            if (b == '\\')
            {
                // Both bytes of an escape: what follows an escaped backslash is no escape.
                written = Separate(output, written, ref blank);
                output[written++] = b;
                output[written++] = text[i + 1];
                i += 2;
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
}
