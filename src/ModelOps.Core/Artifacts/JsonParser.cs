using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace ModelOps.Core.Artifacts;

/// <summary>Recursive descent over UTF-8; fills a <see cref="JsonTree"/> and stops at the first problem.</summary>
internal ref struct JsonParser(JsonTree tree, ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> s_stringStops = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), (byte)'"', (byte)'\\']);

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
        if (Peek() != '}')
        {
            while (true)
            {
                SkipSpace();
                if (Peek() != '"')
                {
                    return Fail(JsonProblemKind.Malformed, _at, $"{Found()} where a property name in double quotes was expected");
                }

                if (!String())
                {
                    return false;
                }

                SkipSpace();
                if (Peek() != ':')
                {
                    return Fail(JsonProblemKind.Malformed, _at, $"{Found()} where ':' was expected");
                }

                _at++;
                if (!Value(depth))
                {
                    return false;
                }

                count++;
                SkipSpace();
                if (Peek() == '}')
                {
                    break;
                }

                if (Peek() != ',')
                {
                    return Fail(JsonProblemKind.Malformed, _at, $"{Found()} where ',' or '}}' was expected");
                }

                _at++;
            }
        }

        _at++;
        _tree[index].Count = count;
        _tree.Close(index, _at);
        return NoDuplicateKey(index, count);
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
        if (Peek() != ']')
        {
            while (true)
            {
                if (!Value(depth))
                {
                    return false;
                }

                count++;
                SkipSpace();
                if (Peek() == ']')
                {
                    break;
                }

                if (Peek() != ',')
                {
                    return Fail(JsonProblemKind.Malformed, _at, $"{Found()} where ',' or ']' was expected");
                }

                _at++;
            }
        }

        _at++;
        _tree[index].Count = count;
        _tree.Close(index, _at);
        return true;
    }

    private bool String()
    {
        int quote = _at++;
        int index = _tree.Add(JsonKind.String, _at);
        bool escaped = false;
        while (true)
        {
            int stop = _text[_at..].IndexOfAny(s_stringStops);
            if (stop < 0)
            {
                return Fail(JsonProblemKind.Malformed, quote, "a string starts here and its closing quote is missing");
            }

            _at += stop;
            byte b = _text[_at];
            if (b == '"')
            {
                break;
            }

            if (b != '\\')
            {
                return Fail(JsonProblemKind.Malformed, _at, $"control character U+{b:X4} inside a string; expected an escape such as \\n or \\u{b:x4}");
            }

            escaped = true;
            if (!Escape())
            {
                return false;
            }
        }

        _tree.Close(index, _at);
        _tree[index].Escaped = escaped;
        _at++;
        return true;
    }

    private bool Escape()
    {
        int start = _at;
        byte kind = _at + 1 < _text.Length ? _text[_at + 1] : (byte)0;
        if ("\"\\/bfnrt"u8.Contains(kind))
        {
            _at += 2;
            return true;
        }

        if (kind != 'u')
        {
            return Fail(JsonProblemKind.Malformed, start, "an escape that JSON does not have; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        }

        if (!Hex4(start + 2, out int unit))
        {
            return Fail(JsonProblemKind.Malformed, start, "\\u without four hexadecimal digits");
        }

        _at += 6;
        if (!char.IsSurrogate((char)unit))
        {
            return true;
        }

        bool pair = char.IsHighSurrogate((char)unit) && _at + 1 < _text.Length && _text[_at] == '\\' && _text[_at + 1] == 'u'
            && Hex4(_at + 2, out int low) && char.IsLowSurrogate((char)low);
        if (!pair)
        {
            return Fail(JsonProblemKind.LoneSurrogate, start, $"\\u{unit:x4} is half of a surrogate pair and the other half is missing; no text has such a character");
        }

        _at += 6;
        return true;
    }

    private readonly bool Hex4(int at, out int unit)
    {
        unit = 0;
        return at + 4 <= _text.Length && Utf8Parser.TryParse(_text.Slice(at, 4), out unit, out int used, 'x') && used == 4
            && _text.Slice(at, 4).IndexOfAnyExcept(s_hex) < 0;
    }

    private static readonly SearchValues<byte> s_hex = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private bool Number()
    {
        int start = _at;
        bool exponent = false;
        if (Peek() == '-')
        {
            _at++;
        }

        if (Peek() == '0')
        {
            _at++;
        }
        else if (!Digits())
        {
            return NumberFault();
        }

        if (Peek() == '.')
        {
            _at++;
            if (!Digits())
            {
                return NumberFault();
            }
        }

        if (Peek() is 'e' or 'E')
        {
            exponent = true;
            _at++;
            if (Peek() is '+' or '-')
            {
                _at++;
            }

            if (!Digits())
            {
                return NumberFault();
            }
        }

        ReadOnlySpan<byte> literal = _text[start.._at];
        if ((exponent || literal.Length > 300) && !double.IsFinite(double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture)))
        {
            string shown = literal.Length > 40 ? string.Concat(Encoding.ASCII.GetString(literal[..40]), "…") : Encoding.ASCII.GetString(literal);
            return Fail(JsonProblemKind.NumberTooLarge, start, $"the number {shown} is too large for a double (limit about 1.8e308)");
        }

        _tree.Close(_tree.Add(JsonKind.Number, start), _at);
        return true;
    }

    private bool NumberFault() => Fail(JsonProblemKind.Malformed, _at, $"{Found()} where a digit was expected");

    private bool Digits()
    {
        int start = _at;
        while (_at < _text.Length && _text[_at] is >= (byte)'0' and <= (byte)'9')
        {
            _at++;
        }

        return _at > start;
    }

    private bool Word(ReadOnlySpan<byte> word, JsonKind kind)
    {
        if (!_text[_at..].StartsWith(word))
        {
            return Fail(JsonProblemKind.Malformed, _at, $"{Found()} where a value was expected");
        }

        int index = _tree.Add(kind, _at);
        _at += word.Length;
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
