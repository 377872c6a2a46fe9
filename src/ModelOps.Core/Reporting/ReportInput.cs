using ModelOps.Core.Evaluation;
using ModelOps.Core.Gating;

namespace ModelOps.Core.Reporting;

/// <summary>What a report is written from.</summary>
public sealed record ReportInput
{
    /// <summary>What the report is about: a project, a package, or several builds.</summary>
    public required string Title { get; init; }

    public required EvaluationReport Report { get; init; }

    /// <summary>Null where nothing was judged: a comparison of builds, or an evaluation that no gate has seen yet.</summary>
    public Verdict? Verdict { get; init; }

    public TrainingCurve? Training { get; init; }

    /// <summary>Measured, not computed: a report that holds it is not the same bytes on another machine, and does not go into a package.</summary>
    public MeasuredRun? Measured { get; init; }

    /// <summary>An earlier evaluation to say what changed; without one it is the released package, where that was asked too.</summary>
    public EarlierReport? Earlier
    {
        get => field ?? (Report.Released is { } released ? new EarlierReport(released.Name, ReleasedAlone(released)) : null);
        init;
    }

    /// <summary>The subjects are the tuned models of several builds, not one model and its baselines.</summary>
    public bool IsComparison { get; init; }

    private EvaluationReport ReleasedAlone(SubjectReport released)
        => Report with { Subjects = [released with { Run = released.Run with { Kind = SubjectKind.Candidate } }] };
}

/// <summary>An earlier evaluation by name, for example of the last release.</summary>
public sealed record EarlierReport(string Name, EvaluationReport Report);
