using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation;

/// <summary>What <c>eval.json</c> holds: every subject's answers on every held-out row, and their scores. Computed values only.</summary>
public sealed record EvaluationReport
{
    public const int CurrentFormat = 1;

    /// <summary>Everything that can change the report.</summary>
    public required KeyFields Fields { get; init; }

    /// <summary>The evaluation key, computed from <see cref="Fields"/>.</summary>
    public ActionKey Key => Fields.ToKey("Evaluate");

    /// <summary>Two-sided confidence level of all intervals.</summary>
    public double Confidence { get; init; } = Statistics.Confidence.Default;

    public required IReadOnlyList<EvaluationItem> Items { get; init; }

    /// <summary>The candidate first, then the baselines and the floors in the order they were given.</summary>
    public required IReadOnlyList<SubjectReport> Subjects { get; init; }

    public SubjectReport Candidate => Subjects.Single(s => s.Run.Kind == SubjectKind.Candidate);

    /// <summary>The last released package; null when nothing is compared with one.</summary>
    public SubjectReport? Released => Subjects.SingleOrDefault(s => s.Run.Kind == SubjectKind.Released);

    public IEnumerable<SubjectReport> Baselines => Subjects.Where(s => s.Run.Kind == SubjectKind.Baseline);

    public IEnumerable<SubjectReport> Floors => Subjects.Where(s => s.Run.Kind == SubjectKind.Floor);
}

/// <summary>One subject's answers and metrics.</summary>
public sealed record SubjectReport(SubjectRun Run, IReadOnlyList<MetricValue> Metrics)
{
    public string Name => Run.Name;

    public MetricValue? Find(MetricSpec spec) => Metrics.FirstOrDefault(m => m.Spec == spec);
}

/// <summary>A metric's value over all rows, with its confidence interval.</summary>
/// <param name="RowScores">What each row contributes, in the order of the items.</param>
public sealed record MetricValue(MetricSpec Spec, double Value, Interval Interval, int Rows, IReadOnlyList<double> RowScores);
