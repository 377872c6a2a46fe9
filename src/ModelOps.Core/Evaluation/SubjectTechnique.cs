namespace ModelOps.Core.Evaluation;

/// <summary>How a subject comes to its answers, in the order in which one tries them: each step costs more than the one before.</summary>
public enum SubjectTechnique
{
    /// <summary>Nothing is asked: a floor.</summary>
    None,

    /// <summary>A prompt alone.</summary>
    Prompt,

    /// <summary>A prompt that lets the model reason before it answers.</summary>
    ChainOfThought,

    /// <summary>Answered examples in the prompt, fixed ones or the nearest training rows.</summary>
    FewShot,

    /// <summary>Passages of documents in the prompt.</summary>
    Retrieval,

    /// <summary>A tuned model.</summary>
    FineTune,

    /// <summary>A tuned model that also gets passages of documents.</summary>
    Hybrid,
}

/// <summary>What an endpoint charges.</summary>
/// <param name="PromptMillion">For a million prompt tokens, 0 or more.</param>
/// <param name="CompletionMillion">For a million tokens of answers, 0 or more.</param>
/// <param name="Currency">ISO 4217, for example <c>USD</c>.</param>
public sealed record TokenPrice(double PromptMillion, double CompletionMillion, string Currency)
{
    private const double Million = 1_000_000;

    public double Of(double promptTokens, double completionTokens) => ((promptTokens * PromptMillion) + (completionTokens * CompletionMillion)) / Million;
}
