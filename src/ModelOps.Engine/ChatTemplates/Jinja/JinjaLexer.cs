namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>
/// Cuts a template into text and tags with Jinja's whitespace control, <c>trim_blocks</c> and <c>lstrip_blocks</c> on, as Transformers
/// sets them (jinja.palletsprojects.com, "Whitespace Control").
/// </summary>
internal sealed class JinjaLexer
{
    private static readonly string[] s_operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ".", ",", ":", "|"];

    private readonly string _source;
    private readonly List<JinjaToken> _tokens = [];
    private int _at;
    private bool _lineStarting = true;

    private JinjaLexer(string source) => _source = source;

    public static List<JinjaToken> Read(string source)
    {
        var lexer = new JinjaLexer(source);
        while (lexer._at < source.Length)
            lexer.ReadTextAndTag();
        lexer.Add(JinjaTokenKind.End, "", source.Length);
        return lexer._tokens;
    }

    private void ReadTextAndTag()
    {
        int tag = FindTag(_at);
        if (tag < 0)
        {
            AddText(_at, _source.Length);
            _at = _source.Length;
            return;
        }

        char kind = _source[tag + 1];
        char sign = SignAt(tag + 2);
        AddText(_at, TextEnd(_at, tag, kind, sign));
        _at = tag + 2 + (sign == '\0' ? 0 : 1);
        switch (kind)
        {
            case '#':
                SkipComment(tag);
                break;
            case '%' when TryTakeRaw():
                ReadRaw(tag);
                break;
            case '%':
                Add(JinjaTokenKind.BlockBegin, "{%", tag);
                ReadCode(tag, JinjaTokenKind.BlockEnd, "%}");
                break;
            default:
                Add(JinjaTokenKind.VariableBegin, "{{", tag);
                ReadCode(tag, JinjaTokenKind.VariableEnd, "}}");
                break;
        }
    }

    private int FindTag(int from)
    {
        for (int i = _source.IndexOf('{', from); i >= 0 && i + 1 < _source.Length; i = _source.IndexOf('{', i + 1))
        {
            if (_source[i + 1] is '{' or '%' or '#')
                return i;
        }

        return -1;
    }

    private char SignAt(int at) => at < _source.Length && _source[at] is '-' or '+' ? _source[at] : '\0';

    /// <summary>Where the text before a tag ends once the tag's sign and <c>lstrip_blocks</c> took their white space.</summary>
    private int TextEnd(int start, int tag, char kind, char sign)
    {
        var text = _source.AsSpan(start, tag - start);
        if (sign == '-')
            return start + text.TrimEnd(PythonText.WhiteSpace).Length;
        if (sign == '+' || kind == '{')
            return tag;
        int line = text.LastIndexOf('\n') + 1;
        bool onlySpace = text[line..].Trim(PythonText.WhiteSpace).IsEmpty;
        return onlySpace && (line > 0 || _lineStarting) ? start + line : tag;
    }

    private void SkipComment(int tag)
    {
        int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw new JinjaException(tag, "the comment is not closed");
        char sign = end > _at && _source[end - 1] is '-' or '+' ? _source[end - 1] : '\0';
        _at = end + 2;
        AfterTag(sign, trimsNewline: true);
    }

    private bool TryTakeRaw()
    {
        int end = AfterWord(_at, "raw");
        if (end < 0)
            return false;
        char sign = SignAt(end);
        int close = end + (sign == '-' ? 1 : 0);
        if (sign == '+' || !_source.AsSpan(close).StartsWith("%}"))
            return false;
        _at = close + 2;
        if (sign == '-')
            SkipSpace();
        return true;
    }

    private void ReadRaw(int tag)
    {
        for (int i = _source.IndexOf("{%", _at, StringComparison.Ordinal); i >= 0; i = _source.IndexOf("{%", i + 2, StringComparison.Ordinal))
        {
            char sign = SignAt(i + 2);
            int word = AfterWord(i + 2 + (sign == '\0' ? 0 : 1), "endraw");
            if (word < 0)
                continue;
            char endSign = SignAt(word);
            int close = word + (endSign == '\0' ? 0 : 1);
            if (!_source.AsSpan(close).StartsWith("%}"))
                continue;
            AddText(_at, TextEnd(_at, i, '%', sign));
            _at = close + 2;
            AfterTag(endSign, trimsNewline: true);
            return;
        }

        throw new JinjaException(tag, "'raw' is not closed by 'endraw'");
    }

    /// <summary>The place after white space, the word and white space; -1 where another word stands.</summary>
    private int AfterWord(int at, string word)
    {
        at = SpaceEnd(at);
        return _source.AsSpan(at).StartsWith(word) ? SpaceEnd(at + word.Length) : -1;
    }

    private void ReadCode(int tag, JinjaTokenKind endKind, string end)
    {
        var open = new Stack<char>();
        while (true)
        {
            SkipSpace();
            if (_at >= _source.Length)
                throw new JinjaException(tag, $"the tag is not closed by '{end}'");
            if (open.Count == 0 && TryTakeEnd(endKind, end))
                return;
            char c = _source[_at];
            if (c is '\'' or '"')
                ReadString(c);
            else if (char.IsAsciiDigit(c))
                ReadNumber();
            else if (c == '_' || char.IsLetter(c))
                ReadName();
            else
                ReadOperator(open);
        }
    }

    private bool TryTakeEnd(JinjaTokenKind kind, string end)
    {
        char sign = SignAt(_at);
        int close = _at + (sign == '\0' ? 0 : 1);
        // A variable knows no '+': there it is an operator, and a syntax error.
        if (!_source.AsSpan(close).StartsWith(end) || (sign == '+' && kind == JinjaTokenKind.VariableEnd))
            return false;
        Add(kind, end, _at);
        _at = close + 2;
        AfterTag(sign, trimsNewline: kind == JinjaTokenKind.BlockEnd);
        return true;
    }

    private void AfterTag(char sign, bool trimsNewline)
    {
        int before = _at;
        if (sign == '-')
            SkipSpace();
        else if (sign != '+' && trimsNewline && _at < _source.Length && _source[_at] == '\n')
            _at++;
        _lineStarting = _at > before && _source[_at - 1] == '\n';
    }

    private void ReadString(char quote)
    {
        int start = _at;
        for (_at++; _at < _source.Length && _source[_at] != quote; _at++)
        {
            if (_source[_at] == '\\')
                _at++;
        }

        if (_at >= _source.Length)
            throw new JinjaException(start, "the string is not closed");
        _at++;
        Add(JinjaTokenKind.String, PythonText.Unescape(_source.AsSpan(start + 1, _at - start - 2), start), start);
    }

    private void ReadNumber()
    {
        int start = _at;
        bool isFloat = false;
        while (_at < _source.Length && (char.IsAsciiDigit(_source[_at]) || _source[_at] == '_'))
            _at++;
        if (_at + 1 < _source.Length && _source[_at] == '.' && char.IsAsciiDigit(_source[_at + 1]))
        {
            isFloat = true;
            for (_at++; _at < _source.Length && char.IsAsciiDigit(_source[_at]);)
                _at++;
        }

        int exponent = _at + 1 < _source.Length && _source[_at] is 'e' or 'E' ? _at + (_source[_at + 1] is '+' or '-' ? 2 : 1) : _source.Length;
        if (exponent < _source.Length && char.IsAsciiDigit(_source[exponent]))
        {
            isFloat = true;
            for (_at = exponent; _at < _source.Length && char.IsAsciiDigit(_source[_at]);)
                _at++;
        }

        if (_at < _source.Length && char.IsAsciiLetter(_source[_at]))
            throw new JinjaException(start, "this way to write a number is not supported");
        string text = _source[start.._at].Replace("_", "", StringComparison.Ordinal);
        Add(isFloat ? JinjaTokenKind.Float : JinjaTokenKind.Integer, text, start);
    }

    private void ReadName()
    {
        int start = _at;
        while (_at < _source.Length && (_source[_at] == '_' || char.IsLetterOrDigit(_source[_at])))
            _at++;
        Add(JinjaTokenKind.Name, _source[start.._at], start);
    }

    private void ReadOperator(Stack<char> open)
    {
        string? found = Array.Find(s_operators, o => _source.AsSpan(_at).StartsWith(o, StringComparison.Ordinal));
        if (found == null)
            throw new JinjaException(_at, $"the character '{_source[_at]}' has no meaning here");
        if (found is "(" or "[" or "{")
            open.Push(found[0]);
        if (found is ")" or "]" or "}" && (!open.TryPop(out char opened) || "()[]{}".IndexOf(opened) != "()[]{}".IndexOf(found[0]) - 1))
            throw new JinjaException(_at, $"'{found}' closes nothing");
        Add(JinjaTokenKind.Operator, found, _at);
        _at += found.Length;
    }

    private void AddText(int start, int end)
    {
        if (end > start)
            Add(JinjaTokenKind.Text, _source[start..end], start);
    }

    private void Add(JinjaTokenKind kind, string text, int offset) => _tokens.Add(new JinjaToken(kind, text, offset));

    private void SkipSpace() => _at = SpaceEnd(_at);

    private int SpaceEnd(int at)
    {
        while (at < _source.Length && PythonText.WhiteSpace.Contains(_source[at]))
            at++;
        return at;
    }
}
