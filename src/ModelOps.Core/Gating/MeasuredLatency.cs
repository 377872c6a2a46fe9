using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Gating;

/// <summary>How long the candidate's answers took where they were generated.</summary>
/// <param name="Answers">How many were measured, at least 1.</param>
/// <param name="P50">The median in milliseconds, with its interval.</param>
/// <param name="P95">The 95th percentile.</param>
public sealed record MeasuredLatency(int Answers, QuantileInterval P50, QuantileInterval P95)
{
    /// <param name="milliseconds">Of every answer; at least one.</param>
    public static MeasuredLatency Of(IReadOnlyCollection<double> milliseconds)
        => new(milliseconds.Count, QuantileInterval.Of(milliseconds, 0.50), QuantileInterval.Of(milliseconds, 0.95));

    /// <summary>A gate on a latency; only <c>Minimum</c> and <c>Maximum</c> reach here.</summary>
    internal IEnumerable<GateResult> Decide(GateDefinition gate, Latency metric) => gate.Bounds.Select(b =>
    {
        (double value, Interval interval) = metric.Percentile == 95 ? P95 : P50;
        (bool passed, bool failed) = b.Kind == BoundKind.Minimum
            ? (interval.Lower >= b.Value, interval.Upper < b.Value) : (interval.Upper <= b.Value, interval.Lower > b.Value);
        return new GateResult
        {
            Metric = gate.Metric,
            Kind = b.Kind,
            Bound = b.Value,
            Outcome = passed ? GateOutcome.Passed : failed ? GateOutcome.Failed : GateOutcome.Inconclusive,
            Value = value,
            Interval = interval,
            CandidateValue = value,
            Rows = Answers,
            Confidence = Confidence.Default,
            Method = "quantile",
            FurtherRows = null,
            InconclusiveAs = gate.InconclusiveAs,
            Location = gate.Location,
        };
    });
}
