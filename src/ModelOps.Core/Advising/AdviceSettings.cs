namespace ModelOps.Core.Advising;

/// <summary>What the answers of a project are.</summary>
public enum AnswerKnowledge
{
    /// <summary>Facts that stand somewhere and are looked up.</summary>
    Facts,

    /// <summary>A way to answer: a form, a tone, a judgement.</summary>
    Behaviour,

    Both,
}

/// <summary>What only people know of a project; null: nobody said.</summary>
public sealed record AdviceFacts
{
    /// <summary>Answers must name the source that they stand on.</summary>
    public bool? MustCite { get; init; }

    /// <summary>Milliseconds within which 95 of 100 answers must come.</summary>
    public double? LatencyLimit { get; init; }

    public double? RequestsPerMonth { get; init; }

    /// <summary>The weights must be one's own: sovereignty, no lock-in, no data that leaves.</summary>
    public bool? OwnWeights { get; init; }

    public AnswerKnowledge? Knowledge { get; init; }
}

/// <summary>Where rules turn; each with its source in <c>docs/advise.md</c>.</summary>
public sealed record AdviceThresholds
{
    /// <summary>Gain over the best that needs no tuning, from which tuning pays; a gate's own <c>MinimumGain</c> counts instead.</summary>
    public double MinimumGain { get; init; } = 0.10;

    /// <summary>Training rows below which tuning does little.</summary>
    public int LittleRows { get; init; } = 100;

    /// <summary>Held-out rows below which differences are chance.</summary>
    public int LittleHeldOutRows { get; init; } = 30;

    /// <summary>Share of the gap between a prompt and the tuned model that retrieval must close to be enough.</summary>
    public double GapClosed { get; init; } = 0.8;

    /// <summary>Share of the rows replaced in a month, from which a tuned model is out of date before it ships.</summary>
    public double ReplacedPerMonth { get; init; } = 0.10;

    /// <summary>Days of history without which nothing is said of changes.</summary>
    public double LeastHistoryDays { get; init; } = 28;

    /// <summary>Shown loss on regression data that is too much.</summary>
    public double Forgetting { get; init; } = 0.05;

    /// <summary>Share of answer words that only somebody who knows can say, from which answers are taken to be facts.</summary>
    public double Novelty { get; init; } = 0.5;

    /// <summary>Loss in nats a token below which the base model knows the domain.</summary>
    public double KnownLoss { get; init; } = 0.7;

    /// <summary>Loss from which the domain is foreign to it.</summary>
    public double ForeignLoss { get; init; } = 2.5;

    /// <summary>How many times the rows the learning curve is followed.</summary>
    public double MoreRows { get; init; } = 4;

    /// <summary>Months in which savings must pay for tuning where a prompt is good enough.</summary>
    public double PaybackMonths { get; init; } = 6;
}
