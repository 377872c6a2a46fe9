using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation;

/// <summary>What <c>eval.json</c> holds: every subject's answers on every held-out row, and their scores. Computed values only.</summary>
public sealed record EvaluationReport
{
    public const int CurrentFormat = 1;

    /// <summary>The evaluation key.</summary>
    public required Digest Key { get; init; }

    /// <summary>What the key was computed from.</summary>
    public required JsonObject Fields { get; init; }

    /// <summary>Two-sided confidence level of all intervals.</summary>
    public double Confidence { get; init; } = Statistics.Confidence.Default;

    public required IReadOnlyList<EvaluationItem> Items { get; init; }

    /// <summary>The candidate first, then the baselines and the floors in the order they were given.</summary>
    public required IReadOnlyList<SubjectReport> Subjects { get; init; }

    public SubjectReport Candidate => Subjects.Single(s => s.Run.Kind == SubjectKind.Candidate);

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
