using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Making;

/// <summary>What somebody thought of an answer.</summary>
public enum Feedback
{
    None,
    Up,
    Down,
}

/// <summary>A question and its answer as a log of production has them.</summary>
/// <param name="At">The line of the log.</param>
/// <param name="Prompt">The conversation up to the answer.</param>
/// <param name="Answer">What the model said.</param>
public sealed record Exchange(SourceLocation At, IReadOnlyList<PromptMessage> Prompt, string Answer)
{
    public Feedback Feedback { get; init; }

    /// <summary>What a person would have wanted to read instead; null where nobody said.</summary>
    public string? Correction { get; init; }

    /// <summary>Why nothing can be learned of it, in a word for a count (<c>cut</c>, <c>tool calls</c>); null where something can.</summary>
    public string? Unusable { get; init; }

    /// <summary>The texts with the places where they stand, for a look at what they hold.</summary>
    public IReadOnlyList<PlacedText> Texts { get; init; } = [];

    /// <summary>Feedback that came later, on a line of its own, counts.</summary>
    internal Exchange With(GivenFeedback given) => this with
    {
        Feedback = given.Feedback == Feedback.None ? Feedback : given.Feedback,
        Correction = given.Correction?.Text ?? Correction,
        Texts = given.Correction is { } text ? [.. Texts, text] : Texts,
    };
}

/// <summary>Several answers to one question, of which some are better than others.</summary>
/// <param name="Answers">Two or more; the score is null where nobody gave one.</param>
public sealed record RivalAnswers(SourceLocation At, IReadOnlyList<PromptMessage> Prompt, IReadOnlyList<(string Text, double? Score)> Answers)
{
    /// <inheritdoc cref="Exchange.Texts"/>
    public IReadOnlyList<PlacedText> Texts { get; init; } = [];

    public bool IsScored => Answers.All(a => a.Score is not null);
}

/// <summary>A text and where it begins.</summary>
public readonly record struct PlacedText(SourceLocation At, string Text);

/// <summary>Feedback, in the line of the answer or in one of its own.</summary>
internal sealed record GivenFeedback(Feedback Feedback, PlacedText? Correction);

/// <summary>A line of a log: an exchange, rival answers, or feedback on the exchange that <paramref name="Ids"/> name.</summary>
/// <param name="Ids">What the line calls itself or what it is about; the most particular first.</param>
internal sealed record LogLine(SourceLocation At, IReadOnlyList<string> Ids, Exchange? Exchange, RivalAnswers? Rivals, GivenFeedback Given);
