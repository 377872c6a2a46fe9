namespace ModelOps.Engine.Generation.Constraints;

/// <summary>The scalars of JSON (RFC 8259) and the white space between tokens, as parts of an automaton.</summary>
internal sealed class JsonGrammar
{
    // A line break and its indentation: enough for what people write, and no place for a model to lose itself.
    private const int MaximumIndentation = 32;

    // What a double holds exactly, and no exponent that overflows it.
    private const int MaximumDigits = 15;
    private readonly ByteAutomaton _automaton;
    private readonly int _space;
    private readonly int _character;

    internal JsonGrammar(ByteAutomaton automaton)
    {
        _automaton = automaton;
        _space = BuildSpace();
        _character = BuildCharacter();
    }

    /// <summary>Nothing, one space, or a line break with up to 32 spaces and tabs.</summary>
    internal int Space(int next) => Called(_space, next);

    /// <summary>A string of so many code points, in any spelling.</summary>
    internal int Text(int minimum, int? maximum, int next)
    {
        int rest = _automaton.Add(); // behind `length` characters
        _automaton.OnByte(rest, '"', next);
        if (maximum is null)
            _automaton.Call(rest, _character, 0, rest);
        for (int length = (maximum ?? minimum) - 1; length >= 0; length--)
        {
            int state = Called(_character, rest);
            if (length >= minimum)
                _automaton.OnByte(state, '"', next);
            rest = state;
        }

        return _automaton.Literal("\""u8, rest);
    }

    internal int Integer(int next)
    {
        int start = WholePart(next, next);
        int behindMinus = _automaton.Add(); // there is no -0 among the whole numbers
        _automaton.OnByte(behindMinus, (byte)'1', (byte)'9', Digits(MaximumDigits - 1, next));
        _automaton.OnByte(start, '-', behindMinus);
        return start;
    }

    internal int Number(int next)
    {
        int exponent = _automaton.Add();
        _automaton.Jump(exponent, next);
        int sign = _automaton.Add(), power = _automaton.Add();
        _automaton.OnByte(power, (byte)'0', (byte)'9', Digits(1, next));
        _automaton.Jump(sign, power);
        _automaton.OnByte(sign, '+', power);
        _automaton.OnByte(sign, '-', power);
        _automaton.OnByte(exponent, 'e', sign);
        _automaton.OnByte(exponent, 'E', sign);
        int fraction = _automaton.Add(), behindPoint = _automaton.Add();
        _automaton.Jump(fraction, exponent);
        _automaton.OnByte(fraction, '.', behindPoint);
        _automaton.OnByte(behindPoint, (byte)'0', (byte)'9', Digits(MaximumDigits - 1, exponent));
        int start = WholePart(fraction, fraction);
        _automaton.OnByte(start, '-', WholePart(fraction, fraction));
        return start;
    }

    private int WholePart(int behindZero, int behindDigits)
    {
        int start = _automaton.Add();
        _automaton.OnByte(start, '0', behindZero);
        _automaton.OnByte(start, (byte)'1', (byte)'9', Digits(MaximumDigits - 1, behindDigits));
        return start;
    }

    /// <summary>Up to so many digits.</summary>
    private int Digits(int most, int next)
    {
        int state = next;
        for (int i = 0; i < most; i++)
        {
            int one = _automaton.Add();
            _automaton.Jump(one, next);
            _automaton.OnByte(one, (byte)'0', (byte)'9', state);
            state = one;
        }

        return state;
    }

    private int BuildSpace()
    {
        int indentation = ByteAutomaton.End;
        for (int i = 0; i <= MaximumIndentation; i++)
        {
            int state = _automaton.Add();
            _automaton.Jump(state, ByteAutomaton.End);
            if (i > 0)
            {
                _automaton.OnByte(state, ' ', indentation);
                _automaton.OnByte(state, '\t', indentation);
            }

            indentation = state;
        }

        int space = _automaton.Add();
        _automaton.Jump(space, ByteAutomaton.End);
        _automaton.OnByte(space, ' ', ByteAutomaton.End);
        _automaton.OnByte(space, '\n', indentation);
        return space;
    }

    /// <summary>One code point: well-formed UTF-8 (Unicode, table 3-7) or an escape; halves of surrogate pairs only together.</summary>
    private int BuildCharacter()
    {
        int character = _automaton.Add();
        void Bytes(int from, params (byte Low, byte High)[] ranges)
        {
            int next = ByteAutomaton.End;
            foreach (var (low, high) in ranges.Skip(1).Reverse())
            {
                int state = _automaton.Add();
                _automaton.OnByte(state, low, high, next);
                next = state;
            }

            _automaton.OnByte(from, ranges[0].Low, ranges[0].High, next);
        }

        (byte, byte) tail = (0x80, 0xBF);
        Bytes(character, (0x20, 0x21));
        Bytes(character, (0x23, 0x5B));
        Bytes(character, (0x5D, 0x7F));
        Bytes(character, (0xC2, 0xDF), tail);
        Bytes(character, (0xE0, 0xE0), (0xA0, 0xBF), tail);
        Bytes(character, (0xE1, 0xEC), tail, tail);
        Bytes(character, (0xED, 0xED), (0x80, 0x9F), tail);
        Bytes(character, (0xEE, 0xEF), tail, tail);
        Bytes(character, (0xF0, 0xF0), (0x90, 0xBF), tail, tail);
        Bytes(character, (0xF1, 0xF3), tail, tail, tail);
        Bytes(character, (0xF4, 0xF4), (0x80, 0x8F), tail, tail);
        int escape = _automaton.Add();
        _automaton.OnByte(character, '\\', escape);
        foreach (char simple in "\"\\/bfnrt")
            _automaton.OnByte(escape, simple, ByteAutomaton.End);
        _automaton.OnByte(escape, 'u', CodeUnits());
        return character;
    }

    /// <summary>Behind <c>\u</c>.</summary>
    private int CodeUnits()
    {
        int one = Hex("0123456789abcdefABCDEF", ByteAutomaton.End), two = Hex("0123456789abcdefABCDEF", one), three = Hex("0123456789abcdefABCDEF", two);
        int start = Hex("0123456789abcefABCEF", three);
        int low = _automaton.Literal("\\u"u8, Hex("dD", Hex("cdefCDEF", two)));
        int behindD = Hex("01234567", two);
        OnHex(behindD, "89abAB", Hex("0123456789abcdefABCDEF", Hex("0123456789abcdefABCDEF", low)));
        OnHex(start, "dD", behindD);
        return start;
    }

    private int Hex(string digits, int next)
    {
        int state = _automaton.Add();
        OnHex(state, digits, next);
        return state;
    }

    private void OnHex(int from, string digits, int next)
    {
        foreach (char digit in digits)
            _automaton.OnByte(from, digit, next);
    }

    private int Called(int part, int next)
    {
        int state = _automaton.Add();
        _automaton.Call(state, part, 0, next);
        return state;
    }
}
