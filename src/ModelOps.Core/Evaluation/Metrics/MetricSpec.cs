using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>A metric by name, with the field that it looks at where it has one.</summary>
public sealed record MetricSpec(string Name, string? Field = null)
{
    /// <summary>What decides when no gate is given: the share of right answers.</summary>
    public static MetricSpec Primary { get; } = new("ExactMatch");

    public override string ToString() => Field is null ? Name : $"{Name}({Field})";
}

/// <summary>What values a metric takes and which of them are good.</summary>
public sealed record MetricScale(ValueRange Range, bool HigherIsBetter)
{
    public static MetricScale Share { get; } = new(ValueRange.Proportion, HigherIsBetter: true);

    public static MetricScale Loss { get; } = new(new ValueRange(0, double.PositiveInfinity), HigherIsBetter: false);
}

/// <summary>A way to score answers against references. Implementations are pure and hold no state but their settings.</summary>
public interface IMetric
{
    MetricSpec Spec { get; }

    MetricScale Scale { get; }

    /// <summary>
    /// Scores one subject's answers, which stand in the order of the items. An answer that cannot be read is a wrong answer; what the
    /// metric needs and the data lack is a <see cref="Diagnostics.DiagnosticException"/>.
    /// </summary>
    MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run);
}
