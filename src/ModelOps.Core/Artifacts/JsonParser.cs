using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ModelOps.Core.Artifacts;

/// <summary>Recursive descent over UTF-8; fills a <see cref="JsonTree"/> and stops at the first problem.</summary>
internal ref partial struct JsonParser(JsonTree tree, ReadOnlySpan<byte> text)
{
    private readonly JsonTree _tree = tree;
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    public JsonProblem Problem { get; private set; }

    public bool Run()
    {
        if (!Utf8.IsValid(_text))
        {
            return FailAtInvalidUtf8();
        }

        _at = _text.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        if (!Value(0))
        {
            return false;
        }

        SkipSpace();
        return _at == _text.Length || Fail(JsonProblemKind.Malformed, _at, $"{Found()} after the end of the value; expected nothing more");
    }

    private bool Value(int depth)
    {
        SkipSpace();
        if (_at >= _text.Length)
        {
            return Fail(JsonProblemKind.Malformed, _at, "the text ends where a value was expected");
        }

        switch (_text[_at])
        {
            case (byte)'{': return Object(depth + 1);
            case (byte)'[': return Array(depth + 1);
            case (byte)'"': return String();
            case (byte)'t': return Word("true"u8, JsonKind.True);
            case (byte)'f': return Word("false"u8, JsonKind.False);
            case (byte)'n': return Word("null"u8, JsonKind.Null);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'): return Number();
            default: return Fail(JsonProblemKind.Malformed, _at, $"{Found()} where a value was expected");
        }
    }

    private bool Object(int depth)
    {
        int index = _tree.Add(JsonKind.Object, _at);
        if (depth > JsonTree.MaxDepth)
        {
            return TooDeep();
        }

        _at++;
        int count = 0;
        SkipSpace();
        while (Peek() != '}')
        {
            if (count > 0 && !Expect(',', "',' or '}'"))
            {
                return false;
            }

            if (!Name() || !Expect(':', "':'") || !Value(depth))
            {
                return false;
            }

            count++;
            SkipSpace();
        }

        _at++;
        _tree[index].Count = count;
        _tree.Close(index, _at);
        return NoDuplicateKey(index, count);
    }

    private bool Name()
    {
        SkipSpace();
        return Peek() == '"' ? String() : Fail(JsonProblemKind.Malformed, _at, $"{Found()} where a property name in double quotes was expected");
    }

    private bool Expect(char sign, string expected)
    {
        SkipSpace();
        if (Peek() != sign)
        {
            return Fail(JsonProblemKind.Malformed, _at, $"{Found()} where {expected} was expected");
        }

        _at++;
        return true;
    }

    private bool Array(int depth)
    {
        int index = _tree.Add(JsonKind.Array, _at);
        if (depth > JsonTree.MaxDepth)
        {
            return TooDeep();
        }

        _at++;
        int count = 0;
        SkipSpace();
        while (Peek() != ']')
        {
            if ((count > 0 && !Expect(',', "',' or ']'")) || !Value(depth))
            {
                return false;
            }

            count++;
            SkipSpace();
        }

        _at++;
        _tree[index].Count = count;
        _tree.Close(index, _at);
        return true;
    }

    private bool NoDuplicateKey(int index, int count)
    {
        int second = JsonKeys.FindDuplicate(_tree, index, count);
        return second < 0 || Fail(
            JsonProblemKind.DuplicateKey,
            _tree[second].Start - 1,
            $"the property '{Diagnostics.ForeignText.Clean(new JsonItem(_tree, second).GetString(), 60)}' occurs twice in one object");
    }

    private bool TooDeep() => Fail(JsonProblemKind.TooDeep, _at, $"more than {JsonTree.MaxDepth} levels of nesting");

    private bool FailAtInvalidUtf8()
    {
        int offset = 0;
        while (Rune.DecodeFromUtf8(_text[offset..], out _, out int consumed) == OperationStatus.Done)
        {
            offset += consumed;
        }

        bool utf16 = _text.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || _text.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]);
        string hint = utf16 ? " (the file looks like UTF-16)" : "";
        return Fail(JsonProblemKind.InvalidUtf8, offset, $"byte 0x{_text[offset]:X2} is not valid UTF-8 here{hint}");
    }

    private readonly int Peek() => _at < _text.Length ? _text[_at] : -1;

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _at++;
        }
    }

    private readonly string Found()
    {
        if (_at >= _text.Length)
        {
            return "end of text";
        }

        Rune.DecodeFromUtf8(_text[_at..], out Rune rune, out _);
        return rune.Value is > ' ' and < 0x7F ? $"'{rune}'" : $"U+{rune.Value:X4}";
    }

    private bool Fail(JsonProblemKind kind, int offset, string detail)
    {
        Problem = new JsonProblem(kind, offset, detail);
        return false;
    }
}
