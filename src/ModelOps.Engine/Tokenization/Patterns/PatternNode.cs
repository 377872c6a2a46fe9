namespace ModelOps.Engine.Tokenization.Patterns;

/// <summary>The syntax tree of a <see cref="TextPattern"/>.</summary>
internal abstract record PatternNode
{
    /// <summary>One code point of a set.</summary>
    public sealed record One(CodePointSet Set) : PatternNode;

    public sealed record Concatenation(IReadOnlyList<PatternNode> Parts) : PatternNode;

    public sealed record Alternation(IReadOnlyList<PatternNode> Choices) : PatternNode;

    /// <param name="Body">What is repeated.</param>
    /// <param name="Minimum">From 0.</param>
    /// <param name="Maximum"><see cref="int.MaxValue"/> for no limit.</param>
    /// <param name="Kind">Which count is tried first.</param>
    public sealed record Repetition(PatternNode Body, int Minimum, int Maximum, RepetitionKind Kind) : PatternNode;

    /// <summary>Once matched, never tried again another way.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode;

    public sealed record LookAhead(PatternNode Body, bool Negative) : PatternNode;

    public sealed record Anchor(AnchorKind Kind) : PatternNode;
}

internal enum RepetitionKind
{
    Greedy,
    Lazy,
    Possessive,
}

internal enum AnchorKind
{
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    WordBoundary,
    NotWordBoundary,
}
