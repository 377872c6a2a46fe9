namespace ModelOps.Engine.ChatTemplates.Jinja;

internal enum JinjaTokenKind
{
    Text,
    BlockBegin,
    BlockEnd,
    VariableBegin,
    VariableEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">The text of it; a string's escapes are already resolved.</param>
/// <param name="Offset">Where it begins in the source.</param>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Text, int Offset)
{
    public bool Is(JinjaTokenKind kind, string text) => Kind == kind && Text == text;

    public override string ToString() => Kind switch
    {
        JinjaTokenKind.End => "the end of the template",
        JinjaTokenKind.BlockEnd => "'%}'",
        JinjaTokenKind.VariableEnd => "'}}'",
        JinjaTokenKind.Text => "text",
        _ => $"'{Text}'",
    };
}
