using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Advising;

/// <summary>What a project should do next.</summary>
public enum AdviceAnswer
{
    /// <summary>Use the model as it is, with a prompt.</summary>
    Prompt,

    /// <summary>Use the model as it is, with passages of documents in the prompt.</summary>
    Retrieve,

    /// <summary>Tune the model; <see cref="Advice.WithRetrieval"/> says whether passages belong to it.</summary>
    FineTune,

    /// <summary>Use a model that somebody else serves, with a prompt.</summary>
    UseAnotherModel,

    /// <summary>Nothing can be decided, or nothing can be learned, from so little.</summary>
    CollectDataFirst,

    /// <summary>Nothing that was measured is worth it, or nothing could be measured.</summary>
    DoNot,
}

/// <summary>The answers in words, as people and <c>--json</c> read them.</summary>
public static class AdviceAnswers
{
    public static string Words(this AdviceAnswer answer) => answer switch
    {
        AdviceAnswer.Prompt => "prompt",
        AdviceAnswer.Retrieve => "retrieve",
        AdviceAnswer.FineTune => "fine-tune",
        AdviceAnswer.UseAnotherModel => "use another model",
        AdviceAnswer.CollectDataFirst => "collect data first",
        _ => "do not",
    };
}

/// <summary>What a reason does to the answer.</summary>
public enum ReasonKind
{
    /// <summary>The answer follows from it.</summary>
    Decides,

    /// <summary>Speaks for tuning.</summary>
    For,

    /// <summary>Speaks against tuning.</summary>
    Against,

    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Nobody measured or declared it; the text says how to.</summary>
    NotMeasured,
}

/// <param name="Rule">Its name in the table of <c>docs/advise.md</c>.</param>
public sealed record AdviceReason(string Rule, ReasonKind Kind, string Text);

/// <param name="WithRetrieval">Of <see cref="AdviceAnswer.FineTune"/>: with passages in the prompt.</param>
/// <param name="Subject">Who was measured to do what is advised; null where nobody was.</param>
/// <param name="Reasons">The one that decides first, then the others in the order of the rules.</param>
public sealed record Advice(AdviceAnswer Answer, bool WithRetrieval, string? Subject, IReadOnlyList<AdviceReason> Reasons)
{
    public AdviceReason Deciding => Reasons[0];
}

/// <summary>A bound that the project asks for on the metric that decides.</summary>
/// <param name="Slice">Null: all held-out rows.</param>
public sealed record AdviceTarget(double Minimum, string? Slice = null);

/// <summary>Somebody who answered the held-out rows.</summary>
/// <param name="Sample">Its scores on the metric that decides.</param>
public sealed record AdviceSubject(string Name, SubjectKind Kind, SubjectTechnique Technique, Evaluation.Metrics.MetricSample Sample)
{
    /// <summary>Endpoint or command; null for the project's own base model.</summary>
    public string? Asked { get; init; }

    /// <summary>Mean tokens of a prompt.</summary>
    public double PromptTokens { get; init; }

    /// <summary>Mean tokens of an answer.</summary>
    public double CompletionTokens { get; init; }

    /// <summary>95th percentile of an answer's time in milliseconds; null where none was measured.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>Null where nobody charges.</summary>
    public TokenPrice? Price { get; init; }

    /// <summary>Its scores slice by slice.</summary>
    public IReadOnlyDictionary<string, Evaluation.Metrics.MetricSample> Slices { get; init; } = new Dictionary<string, Evaluation.Metrics.MetricSample>();

    public double Value => Sample.Value();

    public bool IsTuned => Kind is SubjectKind.Candidate or SubjectKind.Variant;

    public bool UsesPassages => Technique is SubjectTechnique.Retrieval or SubjectTechnique.Hybrid;
}
