namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>Share of answers that contain the reference's text ordinally, white space at the reference's ends aside.</summary>
public sealed class Contains : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(Contains));

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => new RightWrongSample([.. items.Select((item, i) => run.Answers[i].Text.AsSpan().Contains(item.Reference.AsSpan().Trim(), StringComparison.Ordinal))]);
}
