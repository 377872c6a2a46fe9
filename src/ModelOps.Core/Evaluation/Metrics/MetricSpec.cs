using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>A metric by name, with the field that it looks at where it has one.</summary>
public sealed record MetricSpec(string Name, string? Field = null)
{
    /// <summary>What decides when no gate is given: the share of right answers.</summary>
    public static MetricSpec Primary { get; } = new("ExactMatch");

    /// <summary>What the metric is made with besides: the pattern of <c>Regex</c>, the schema's text of <c>JsonSchema</c>, the name of a metric from outside.</summary>
    public string? Argument { get; init; }

    /// <summary>Unique among the metrics of a report; a long argument and the text of a file are shortened to their digest.</summary>
    public override string ToString() => (Field, Argument) switch
    {
        (null, null) => Name,
        (null, { } text) when text.Length > LongestShown || MetricRegistry.IsFile(Name) => $"{Name}({Artifacts.Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).Hex[..8]})",
        (null, { } text) => $"{Name}({text})",
        _ => $"{Name}({Field})",
    };

    /// <summary>As it enters keys: with the whole argument, of a file its digest.</summary>
    public string Key => Argument is null ? ToString() : $"{Name}({Field}, {EvaluationWriter.ArgumentOf(this)})";

    private const int LongestShown = 40;
}

/// <summary>What values a metric takes and which of them are good.</summary>
public sealed record MetricScale(ValueRange Range, bool HigherIsBetter)
{
    public static MetricScale Share { get; } = new(ValueRange.Proportion, HigherIsBetter: true);

    /// <summary>0 to 100, as BLEU and chrF are quoted.</summary>
    public static MetricScale Percent { get; } = new(new ValueRange(0, 100), HigherIsBetter: true);

    public bool IsBetter(double value, double than) => HigherIsBetter ? value > than : value < than;

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

    /// <summary>Whether the subject has what the metric looks at; a floor has no likelihoods, and an endpoint may tell none.</summary>
    bool AppliesTo(SubjectRun run) => true;

    /// <summary>The rows that the metric can say something about, by index; null: all of them. The scores of the others are not numbers.</summary>
    IReadOnlyList<int>? RowsOf(IReadOnlyList<EvaluationItem> items, SubjectRun run) => null;
}
