using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation;

/// <summary>What <c>eval.json</c> holds: every subject's answers on every held-out row, and their scores. Computed values only.</summary>
public sealed record EvaluationReport
{
    public const int CurrentFormat = 3;

    /// <summary>Everything that can change the report.</summary>
    public required KeyFields Fields { get; init; }

    /// <summary>The evaluation key, computed from <see cref="Fields"/>.</summary>
    public ActionKey Key => Fields.ToKey("Evaluate");

    /// <summary>Two-sided confidence level of all intervals.</summary>
    public double Confidence { get; init; } = Statistics.Confidence.Default;

    public required IReadOnlyList<EvaluationItem> Items { get; init; }

    /// <summary>The candidate first, then the baselines and the floors in the order they were given.</summary>
    public required IReadOnlyList<SubjectReport> Subjects { get; init; }

    /// <summary>What the base model could do and the candidate still should; null where there is no regression data.</summary>
    public RegressionReport? Regression { get; init; }

    /// <summary>How far the judges agree with people; empty where there is none.</summary>
    public IReadOnlyList<JudgeAgreement> Judges { get; init; } = [];

    /// <summary>The slices that rows name, in ordinal order; rows without one belong to none.</summary>
    public IReadOnlyList<string> Slices => SlicesOf(Items);

    public SubjectReport Candidate => Subjects.Single(s => s.Run.Kind == SubjectKind.Candidate);

    /// <summary>The last released package; null when nothing is compared with one.</summary>
    public SubjectReport? Released => Subjects.SingleOrDefault(s => s.Run.Kind == SubjectKind.Released);

    public IEnumerable<SubjectReport> Baselines => Subjects.Where(s => s.Run.Kind == SubjectKind.Baseline);

    public IEnumerable<SubjectReport> Floors => Subjects.Where(s => s.Run.Kind == SubjectKind.Floor);

    /// <summary>Which label a subject gave where which one is right, per label of the set; empty where answers are free text.</summary>
    public IReadOnlyList<LabelConfusion> Confusions(SubjectReport subject) => LabelConfusion.Of(Items, subject.Run);

    internal static IReadOnlyList<string> SlicesOf(IReadOnlyList<EvaluationItem> items)
        => [.. items.Select(i => i.Slice).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The rows of a slice, by index.</summary>
    internal static IReadOnlyList<int> RowsOf(IReadOnlyList<EvaluationItem> items, string slice)
        => [.. items.Index().Where(i => i.Item.Slice == slice).Select(i => i.Index)];
}

/// <summary>The candidate and the model it was tuned from, both asked with the rows' own messages, on data that tuning should not change.</summary>
public sealed record RegressionReport(IReadOnlyList<EvaluationItem> Items, SubjectReport Candidate, SubjectReport Base)
{
    /// <summary>The slices that rows name, in ordinal order: skills.</summary>
    public IReadOnlyList<string> Slices => EvaluationReport.SlicesOf(Items);
}

/// <summary>One subject's answers and metrics.</summary>
public sealed record SubjectReport(SubjectRun Run, IReadOnlyList<MetricValue> Metrics)
{
    public string Name => Run.Name;

    public MetricValue? Find(MetricSpec spec) => Metrics.FirstOrDefault(m => m.Spec == spec);
}

/// <summary>A metric's value over all rows, with its confidence interval.</summary>
/// <param name="RowScores">What each row contributes, in the order of the items.</param>
public sealed record MetricValue(MetricSpec Spec, double Value, Interval Interval, int Rows, IReadOnlyList<double> RowScores)
{
    /// <summary>The metric on every slice of the set, in ordinal order; empty where rows name none.</summary>
    public IReadOnlyList<SliceValue> Slices { get; init; } = [];
}

/// <summary>A metric's value over the rows of one slice, with its own interval and number of rows.</summary>
public sealed record SliceValue(string Slice, double Value, Interval Interval, int Rows);
