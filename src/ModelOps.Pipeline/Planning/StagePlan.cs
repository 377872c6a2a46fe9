namespace ModelOps.Pipeline.Planning;

/// <summary>What a build would do with a stage.</summary>
public enum StageState
{
    /// <summary>The result at hand is the one.</summary>
    UpToDate,

    /// <summary>The store or the feed seems to have the result; it would be put in place.</summary>
    Restore,

    /// <summary>It would be computed in moments, without a model.</summary>
    Compute,

    /// <summary>A model would train or answer.</summary>
    Work,

    /// <summary>It cannot be known, because a stage before it reports errors or must run first.</summary>
    Unknown,
}

/// <summary>What the work of a stage would cost at whoever does it.</summary>
/// <param name="BackEnd"><c>local</c>: this machine, which asks for nothing.</param>
/// <param name="Currency">ISO 4217; null where nothing is charged.</param>
public sealed record Price(string BackEnd, decimal Amount, string? Currency)
{
    public static Price Local { get; } = new("local", 0, null);

    public override string ToString() => Currency is null ? $"{BackEnd}: {Amount:0}" : System.FormattableString.Invariant($"{BackEnd}: {Amount:0.00} {Currency}");
}

/// <summary>One stage of a plan.</summary>
/// <param name="Verb">What the stage would do, in the word of the build's own line, for example <c>retrains</c>.</param>
/// <param name="Reason">Why; empty when up to date.</param>
/// <param name="Stale">A recorded result belongs to something else than what is there now, or nothing has the result: CI must not accept it.</param>
/// <param name="Time">Null when nothing like it has been run here, or when there is nothing to do.</param>
public sealed record StagePlan(string Stage, StageState State, string Verb, string Reason, bool Stale = false, Estimate? Time = null)
{
    /// <summary><see cref="From"/> of what this machine's store has.</summary>
    public const string Store = "store";

    public Price Price { get; init; } = Price.Local;

    /// <summary>Who has the result that would be restored: <see cref="Store"/>, or a feed's name; empty when nothing would.</summary>
    public string From { get; init; } = "";
}

/// <summary>What a build would do.</summary>
public sealed record PlanResult(string Project, IReadOnlyList<StagePlan> Stages)
{
    public bool IsStale => Stages.Any(s => s.Stale);

    /// <summary>Seconds for all that can be estimated.</summary>
    public double Seconds => Stages.Sum(s => s.Time?.Seconds ?? 0);

    /// <summary>Some work has no estimate.</summary>
    public bool HasUnknownTime => Stages.Any(s => s is { State: StageState.Work, Time: null });
}
