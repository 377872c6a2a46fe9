using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ModelOps.Core.Data;

/// <summary>Computes what the checks need of a row from its canonical bytes. One instance per thread.</summary>
internal sealed class RowReader
{
    private readonly WordHasher _words = new();
    private byte[] _normal = new byte[1024];
    private uint[] _shingles = new uint[256];
    private int _questionWords;

    /// <summary>What the checks compare. <see cref="ShinglesOfLast"/> is then of this row.</summary>
    public RowFacts Facts(ReadOnlySpan<byte> canonical, in RowLayout layout)
    {
        bool pair = layout.Shape == RowShape.Preference;
        ReadOnlySpan<byte> messages = canonical[layout.Messages];
        ReadOnlySpan<byte> prompt = pair ? messages[..^1] : canonical[layout.Messages.Start..layout.Answer];
        _words.Clear();
        (UInt128 question, UInt128 context, UInt128 answer) = (0, 0, 0);
        var before = new MessageCursor(prompt);
        while (before.MoveNext())
        {
            UInt128 text = HashOf(before.Content);
            context = TextHash.Join(TextHash.Join(context, before.Role), text);
            if (before.Role == 'u')
            {
                question = TextHash.Join(question, text);
                _words.Add(before.Content);
            }
        }

        _questionWords = _words.Words.Length;
        AddAnswers(pair ? canonical[layout.Chosen] : canonical[layout.Answer..layout.Messages.End], ref answer);
        int answerWords = _words.Words.Length - _questionWords;
        if (pair)
        {
            AddAnswers(canonical[layout.Rejected], ref answer);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(prompt, hash);
        return new RowFacts(
            BinaryPrimitives.ReadUInt64BigEndian(hash), RowEntry.SketchOf(_words.Words), question, (ulong)context, (ulong)answer, _questionWords, answerWords);
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

    private void AddAnswers(ReadOnlySpan<byte> list, ref UInt128 hash)
    {
        var answers = new MessageCursor(list);
        while (answers.MoveNext())
        {
            hash = TextHash.Join(hash, HashOf(answers.Content));
            _words.Add(answers.Content);
        }
    }

    /// <summary>Equal for texts that differ in case and white space only.</summary>
    private UInt128 HashOf(ReadOnlySpan<byte> text)
    {
        if (_normal.Length < NormalText.MaxLength(text.Length))
        {
            _normal = new byte[2 * NormalText.MaxLength(text.Length)];
        }

        return TextHash.Of(_normal.AsSpan(0, NormalText.Write(text, _normal)));
    }
}
