using System.Buffers;
using System.Text;

namespace ModelOps.Core.Data;

/// <summary>
/// The quick way through a row: one pass over the bytes, no tree, for a conversation of plain texts (<c>messages</c>, or text <c>prompt</c> and
/// <c>completion</c>) that has no other property and whose strings are canonical as they stand. Whatever is unusual or wrong is left to
/// <see cref="RowContent"/>, whose word counts; both ways write the same bytes.
/// </summary>
internal ref struct PlainRow
{
    /// <summary>What the canonical form may have more than the line.</summary>
    public const int Growth = 128;

    private static readonly SearchValues<byte> s_stringStops = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _line;
    private readonly Span<byte> _target;
    private int _at;
    private int _written;
    private int _count;
    private int _answer;
    private bool _startsWithSystem;
    private byte _lastRole;

    private PlainRow(ReadOnlySpan<byte> line, Span<byte> target)
    {
        _line = line;
        _target = target;
    }

    /// <param name="line">Valid UTF-8.</param>
    /// <param name="target">At least <see cref="Growth"/> bytes longer than the line; what stands in it counts only when this succeeds.</param>
    public static bool TryWrite(ReadOnlySpan<byte> line, Span<byte> target, out int written, out RowLayout layout)
    {
        var row = new PlainRow(line, target);
        bool plain = row.Read();
        written = row._written;
        layout = plain ? new RowLayout { Shape = RowShape.Conversation, Messages = 12..(written - 1), Answer = row._answer } : default;
        return plain;
    }

    private bool Read()
    {
        Write("{\"messages\":["u8);
        if (!Take('{') || !TakeString(out ReadOnlySpan<byte> name) || !Take(':'))
        {
            return false;
        }

        bool good = name.SequenceEqual("messages"u8) ? ReadMessages()
            : name.SequenceEqual("prompt"u8) ? ReadSides(name, "completion"u8)
            : name.SequenceEqual("completion"u8) && ReadSides(name, "prompt"u8);
        if (!good || !Take('}') || _lastRole != 'a')
        {
            return false;
        }

        Write("]}"u8);
        SkipSpace();
        return _at == _line.Length;
    }

    private bool ReadMessages()
    {
        if (!Take('['))
        {
            return false;
        }

        do
        {
            if (!ReadMessage())
            {
                return false;
            }
        }
        while (Take(','));
        return Take(']');
    }

    private bool ReadMessage()
    {
        if (!Take('{') || !TakeString(out ReadOnlySpan<byte> name) || !Take(':') || !TakeString(out ReadOnlySpan<byte> value)
            || !Take(',') || !TakeString(out ReadOnlySpan<byte> otherName) || !Take(':') || !TakeString(out ReadOnlySpan<byte> otherValue) || !Take('}'))
        {
            return false;
        }

        return name.SequenceEqual("role"u8) && otherName.SequenceEqual("content"u8) ? Add(value, otherValue)
            : name.SequenceEqual("content"u8) && otherName.SequenceEqual("role"u8) && Add(otherValue, value);
    }

    private bool ReadSides(ReadOnlySpan<byte> name, ReadOnlySpan<byte> otherName)
    {
        if (!TakeString(out ReadOnlySpan<byte> value) || !Take(',') || !TakeString(out ReadOnlySpan<byte> found)
            || !found.SequenceEqual(otherName) || !Take(':') || !TakeString(out ReadOnlySpan<byte> other))
        {
            return false;
        }

        bool promptFirst = name.SequenceEqual("prompt"u8);
        return Add("user"u8, promptFirst ? value : other) && Add("assistant"u8, promptFirst ? other : value);
    }

    // The rules of MessageRules; false where one is broken, or where it takes more than a look.
    private bool Add(ReadOnlySpan<byte> role, ReadOnlySpan<byte> content)
    {
        bool isFirst = _count == 0 || (_count == 1 && _startsWithSystem);
        bool allowed = role.SequenceEqual("user"u8)
            || (role.SequenceEqual("assistant"u8) && !isFirst && HasText(content))
            || (role.SequenceEqual("tool"u8) && !isFirst && _lastRole is (byte)'a' or (byte)'t')
            || (role.SequenceEqual("system"u8) && _count == 0);
        if (!allowed)
        {
            return false;
        }

        _startsWithSystem |= role[0] == 's';
        _lastRole = role[0];
        // The list's bracket belongs to the first message, the comma to every other.
        _answer = _count == 0 ? _written - 1 : _written;
        Write(_count++ == 0 ? "{\"content\":\""u8 : ",{\"content\":\""u8);
        Write(content);
        Write("\",\"role\":\""u8);
        Write(role);
        Write("\"}"u8);
        return true;
    }

    // Certainly no white space only: the first character is none.
    private static bool HasText(ReadOnlySpan<byte> content)
        => !content.IsEmpty && content[0] != '\\' && Rune.DecodeFromUtf8(content, out Rune first, out _) == OperationStatus.Done && !Rune.IsWhiteSpace(first);

    private bool Take(char sign)
    {
        SkipSpace();
        if (_at >= _line.Length || _line[_at] != sign)
        {
            return false;
        }

        _at++;
        return true;
    }

    // A string with no escapes but those that canonical JSON has for characters that a text may have.
    private bool TakeString(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!Take('"'))
        {
            return false;
        }

        int start = _at;
        while (true)
        {
            int stop = _line[_at..].IndexOfAny(s_stringStops);
            if (stop < 0)
            {
                return false;
            }

            _at += stop;
            if (_line[_at] == '"')
            {
                text = _line[start.._at++];
                return true;
            }

            if (_line[_at] != '\\' || _at + 1 >= _line.Length || _line[_at + 1] is not ((byte)'n' or (byte)'"' or (byte)'\\' or (byte)'t' or (byte)'r'))
            {
                return false;
            }

            _at += 2;
        }
    }

    private void SkipSpace()
    {
        while (_at < _line.Length && _line[_at] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            _at++;
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_target[_written..]);
        _written += bytes.Length;
    }
}
