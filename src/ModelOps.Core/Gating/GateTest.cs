using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Gating;

/// <summary>Holds a bound against the scores of a set of rows.</summary>
internal sealed class GateTest(GateDefinition gate, IMetric metric, BootstrapOptions bootstrap)
{
    public GateResult Decide(MetricSample candidate, Opponent? other, BoundKind kind, double bound)
    {
        Figures figures = kind is BoundKind.Minimum or BoundKind.Maximum ? Absolute(candidate, kind, bound)
            : Difference(candidate, other!.Sample, kind == BoundKind.MinimumGain ? bound : -bound, mustExceed: kind == BoundKind.MinimumGain && bound == 0);
        double margin = kind is BoundKind.MaximumRegression or BoundKind.MaximumForgetting ? -bound : bound;
        return new GateResult
        {
            Metric = gate.Metric,
            Kind = kind,
            Bound = bound,
            Outcome = figures.Outcome,
            Value = figures.Value,
            Interval = figures.Interval,
            CandidateValue = candidate.Value(),
            Baseline = other?.Name,
            BaselineValue = other?.Sample.Value(),
            Rows = candidate.Count,
            Confidence = gate.Confidence,
            Method = figures.Method,
            PValue = figures.PValue,
            FurtherRows = figures.Outcome == GateOutcome.Inconclusive ? FurtherRows(candidate.Count, figures, margin) : null,
            Detectable = figures.Detectable,
            InconclusiveAs = gate.InconclusiveAs,
            Location = gate.Location,
        };
    }

    private Figures Absolute(MetricSample candidate, BoundKind kind, double bound)
    {
        Interval interval = Evaluator.IntervalsOf([(metric, candidate)], bootstrap)[0];
        GateOutcome outcome = kind == BoundKind.Minimum
            ? Outcome(interval.Lower >= bound, interval.Upper < bound)
            : Outcome(interval.Upper <= bound, interval.Lower > bound);
        string method = candidate is RightWrongSample ? "wilson" : "bca";
        return new Figures(outcome, candidate.Value(), interval, method, null, Power.DetectableFromInterval(interval, gate.Confidence));
    }

    /// <summary>
    /// Right or wrong: Tango's interval, and the exact McNemar test alone where the margin must be exceeded. Anything else: the bootstrap of the
    /// paired difference.
    /// </summary>
    /// <param name="margin">Positive: better by so much; negative: not worse by more.</param>
    /// <param name="mustExceed">A gain of zero must be exceeded, not reached: a candidate equal to its baseline has not beaten it.</param>
    private Figures Difference(MetricSample candidate, MetricSample other, double margin, bool mustExceed)
    {
        double sign = metric.Scale.HigherIsBetter ? 1 : -1;
        if (candidate is RightWrongSample && other is RightWrongSample)
        {
            PairedCounts counts = sign > 0 ? GateCase.Count(candidate, other) : GateCase.Count(other, candidate);
            Interval score = Tango.Of(counts, gate.Confidence);
            double? p = mustExceed ? McNemar.PValue(counts) : null;
            bool significant = p <= 1 - gate.Confidence;
            GateOutcome decided = mustExceed
                ? Outcome(significant && counts.Difference > 0, significant && counts.Difference < 0)
                : Outcome(score.Lower >= margin, score.Upper < margin);
            double? detectable = Power.DetectableGain(counts.Rows, counts.Discordant, margin, gate.Confidence);
            return new Figures(decided, counts.Difference, score, p is null ? "tango" : "mcnemar", p, detectable - margin);
        }

        Interval interval = Bootstrap.Bca(CombinedStatistic.Difference(candidate.Statistic, other.Statistic, sign), metric.Scale.Range.Difference, bootstrap);
        GateOutcome outcome = Outcome(mustExceed ? interval.Lower > 0 : interval.Lower >= margin, interval.Upper < margin);
        double gain = sign * (candidate.Value() - other.Value());
        return new Figures(outcome, gain, interval, "bca", null, Power.DetectableFromInterval(interval, gate.Confidence));
    }

    private static GateOutcome Outcome(bool passed, bool failed)
        => passed ? GateOutcome.Passed : failed ? GateOutcome.Failed : GateOutcome.Inconclusive;

    private long? FurtherRows(int rows, Figures figures, double bound)
        => Power.RowsToDecide(rows, figures.Value, bound, figures.Interval, gate.Confidence) is { } needed ? Math.Max(1, needed - rows) : null;

    private sealed record Figures(GateOutcome Outcome, double Value, Interval Interval, string Method, double? PValue, double? Detectable);
}
