using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ModelOps.Core.Artifacts;

/// <summary>Strings, numbers and words.</summary>
internal ref partial struct JsonParser
{
    private static readonly SearchValues<byte> s_stringStops = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    private static readonly SearchValues<byte> s_hex = SearchValues.Create("0123456789abcdefABCDEF"u8);

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
}
