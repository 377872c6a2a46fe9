using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Gating;

/// <summary>How a gate, or all of them, came out. A tool that broke is none of these: it throws.</summary>
public enum GateOutcome
{
    Passed,
    Failed,
    Inconclusive,

    /// <summary>Gates were turned off on purpose; a verdict only.</summary>
    Off,
}

/// <summary>How one bound of one gate came out.</summary>
public sealed record GateResult
{
    public required MetricSpec Metric { get; init; }

    public required BoundKind Kind { get; init; }

    public required double Bound { get; init; }

    public required GateOutcome Outcome { get; init; }

    /// <summary>What the bound is held against: the candidate's value, or its difference to another subject (positive is better).</summary>
    public required double Value { get; init; }

    public required Interval Interval { get; init; }

    public required double CandidateValue { get; init; }

    /// <summary>The slice whose rows were judged; null for all rows.</summary>
    public string? Slice { get; init; }

    /// <summary>Among how many slices this one was the worst; null where one was asked for, or none.</summary>
    public int? WorstOf { get; init; }

    /// <summary>Who the candidate is compared with: the best prompting baseline on this metric, the release, or the base model; null when there is none.</summary>
    public string? Baseline { get; init; }

    public double? BaselineValue { get; init; }

    public required int Rows { get; init; }

    public required double Confidence { get; init; }

    /// <summary><c>wilson</c>, <c>bca</c>, <c>tango</c> or <c>mcnemar</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Two-sided p-value where a test decides.</summary>
    public double? PValue { get; init; }

    /// <summary>Further rows that would decide an inconclusive gate with 80 % power; null when it is decided, or when none would.</summary>
    public long? FurtherRows { get; init; }

    /// <summary>Smallest true distance from the bound that this many rows show with 80 % power; null when there is none.</summary>
    public double? Detectable { get; init; }

    public InconclusiveAs InconclusiveAs { get; init; }

    /// <summary>What was measured stays outside of <c>verdict.json</c>: read back, its value is not a number.</summary>
    public bool IsMeasured => Method == "quantile";

    /// <summary>Where the gate is written; not part of <c>verdict.json</c>, which holds no paths.</summary>
    public SourceLocation? Location { get; init; }
}

/// <summary>The candidate against an answer that needs no model.</summary>
/// <param name="Interval">Of the candidate's share right minus the floor's.</param>
/// <param name="PValue">Exact McNemar, two-sided.</param>
public sealed record FloorComparison(string Floor, MetricSpec Metric, double CandidateValue, double FloorValue, Interval Interval, double PValue, bool Beaten);

/// <summary>What <c>verdict.json</c> holds.</summary>
public sealed record Verdict
{
    public const int CurrentFormat = 2;

    /// <summary>The worst of all gates: failed before inconclusive before passed.</summary>
    public required GateOutcome Outcome { get; init; }

    /// <summary>The evaluation that was judged.</summary>
    public required ActionKey EvaluationKey { get; init; }

    /// <summary>The evaluation, the gates and the way of judging: what the verdict depends on.</summary>
    public required ActionKey GateKey { get; init; }

    public required IReadOnlyList<GateResult> Gates { get; init; }

    public required IReadOnlyList<FloorComparison> Floors { get; init; }

    /// <summary>True when nothing stands against packing: no gate failed, and what is inconclusive was accepted as a warning.</summary>
    public bool MayShip => Outcome is GateOutcome.Passed or GateOutcome.Off
        || Gates.All(g => g.Outcome == GateOutcome.Passed || (g.Outcome == GateOutcome.Inconclusive && g.InconclusiveAs == InconclusiveAs.Warning));

    /// <summary>What the build has to say: MOPS5001, MOPS5002 and MOPS5009, in the order of the gates.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics =>
    [
        .. Gates.Where(g => g.Outcome != GateOutcome.Passed)
            .Select(g => g.Outcome == GateOutcome.Failed ? GateErrors.Failed(g) : GateErrors.Inconclusive(g)),
        .. Floors.Where(f => !f.Beaten).Select(GateErrors.NotAboveFloor),
    ];
}
