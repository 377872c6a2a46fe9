namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// A percentile of the time that an answer takes, in milliseconds; lower is better. It is measured and not computed, so it stands in
/// <c>measurements.json</c> and never in a report, a key or a package: gates look at <see cref="Gating.MeasuredLatency"/>.
/// </summary>
public sealed class Latency(int percentile) : IMetric
{
    /// <summary>50 or 95.</summary>
    public int Percentile => percentile;

    public MetricSpec Spec { get; } = new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"LatencyP{percentile}"));

    public MetricScale Scale => MetricScale.Loss;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => throw new InvalidOperationException("A latency is measured; no answer tells it.");

    public bool AppliesTo(SubjectRun run) => false;
}
