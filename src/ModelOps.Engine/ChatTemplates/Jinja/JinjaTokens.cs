namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>A cursor over a template's tokens.</summary>
internal sealed class JinjaTokens(List<JinjaToken> tokens)
{
    private int _at;

    public JinjaToken Current => tokens[_at];

    public JinjaToken Next => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public JinjaToken Take()
    {
        var token = Current;
        if (token.Kind != JinjaTokenKind.End)
            _at++;
        return token;
    }

    public bool IsOperator(string text) => Current.Is(JinjaTokenKind.Operator, text);

    public bool IsName(string text) => Current.Is(JinjaTokenKind.Name, text);

    public bool Skip(string operation) => IsOperator(operation) && Advance();

    public bool SkipName(string name) => IsName(name) && Advance();

    public JinjaToken Expect(JinjaTokenKind kind, string what) =>
        Current.Kind == kind ? Take() : throw new JinjaException(Current.Offset, $"{what} is expected, not {Current}");

    public void ExpectOperator(string text)
    {
        if (!Skip(text))
            throw new JinjaException(Current.Offset, $"'{text}' is expected, not {Current}");
    }

    public void ExpectName(string text)
    {
        if (!SkipName(text))
            throw new JinjaException(Current.Offset, $"'{text}' is expected, not {Current}");
    }

    private bool Advance()
    {
        Take();
        return true;
    }
}
