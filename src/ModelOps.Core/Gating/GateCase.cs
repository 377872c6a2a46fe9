using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Gating;

/// <summary>One gate before the judge: the candidate's scores, the best baseline's, and the bounds.</summary>
internal sealed class GateCase
{
    private readonly GateDefinition _gate;
    private readonly IMetric _metric;
    private readonly MetricSample _candidate;
    private readonly (string Name, MetricSample Sample, double Value)? _baseline;
    private readonly BootstrapOptions _bootstrap;

    public GateCase(EvaluationReport report, GateDefinition gate, BootstrapOptions bootstrap)
    {
        _gate = gate;
        _metric = MetricRegistry.Resolve(gate.Metric, gate.Location);
        _bootstrap = bootstrap with { Confidence = gate.Confidence };
        _candidate = _metric.ScoreAll(report.Items, report.Candidate.Run);
        _baseline = BestBaseline(report, _metric, required: gate.MinimumGain is not null);
    }

    public IEnumerable<GateResult> Decide() => _gate.Bounds.Select(b => b.Kind == BoundKind.MinimumGain ? Gain(b.Value) : Absolute(b.Kind, b.Value));

    /// <summary>On how many rows each is better; of right and wrong: is right alone. With repeats a row's score is a mean, and the counts are those of a sign test.</summary>
    public static PairedCounts Count(MetricSample first, MetricSample second)
    {
        int onlyFirst = 0;
        int onlySecond = 0;
        for (int i = 0; i < first.Count; i++)
        {
            onlyFirst += first.RowScores[i] > second.RowScores[i] ? 1 : 0;
            onlySecond += second.RowScores[i] > first.RowScores[i] ? 1 : 0;
        }

        return new PairedCounts(onlyFirst, onlySecond, first.Count);
    }

    /// <summary>The baseline with the best value of the metric on the same rows; the first one wins a tie.</summary>
    private static (string, MetricSample, double)? BestBaseline(EvaluationReport report, IMetric metric, bool required)
    {
        (string, MetricSample, double Value)? best = null;
        foreach (SubjectReport baseline in report.Baselines)
        {
            if (metric is MeanLoss && !required && !MeanLoss.AppliesTo(baseline.Run))
            {
                continue;
            }

            MetricSample sample = metric.ScoreAll(report.Items, baseline.Run);
            double value = sample.Value();
            if (best is not { } b || (metric.Scale.HigherIsBetter ? value > b.Value : value < b.Value))
            {
                best = (baseline.Name, sample, value);
            }
        }

        return best;
    }

    private GateResult Absolute(BoundKind kind, double bound)
    {
        double value = _candidate.Value();
        Interval interval = Evaluator.IntervalsOf([(_metric, _candidate)], _bootstrap)[0];
        GateOutcome outcome = kind == BoundKind.Minimum
            ? Outcome(interval.Lower >= bound, interval.Upper < bound)
            : Outcome(interval.Upper <= bound, interval.Lower > bound);
        string method = _candidate is RightWrongSample ? "wilson" : "bca";
        return Result(kind, bound, outcome, value, interval, method, null, Power.DetectableFromInterval(interval, _gate.Confidence));
    }

    /// <summary>
    /// Right or wrong: Tango's interval, and the exact McNemar test alone where the margin is zero. Anything else: the bootstrap of the
    /// paired difference. A margin of zero must be exceeded, not reached: a candidate equal to its baseline has not beaten it.
    /// </summary>
    private GateResult Gain(double margin)
    {
        (string _, MetricSample baseline, double _) = _baseline!.Value;
        double sign = _metric.Scale.HigherIsBetter ? 1 : -1;
        double gain = sign * (_candidate.Value() - baseline.Value());
        if (_candidate is RightWrongSample candidate && baseline is RightWrongSample other)
        {
            PairedCounts counts = Count(candidate, other);
            Interval score = Tango.Of(counts, _gate.Confidence);
            double? p = margin == 0 ? McNemar.PValue(counts) : null;
            bool significant = p <= 1 - _gate.Confidence;
            GateOutcome outcome = margin == 0
                ? Outcome(significant && counts.Difference > 0, significant && counts.Difference < 0)
                : Outcome(score.Lower >= margin, score.Upper < margin);
            double? detectable = Power.DetectableGain(counts.Rows, counts.Discordant, margin, _gate.Confidence);
            return Result(BoundKind.MinimumGain, margin, outcome, counts.Difference, score, p is null ? "tango" : "mcnemar", p, detectable - margin);
        }

        Interval interval = Bootstrap.Bca(
            CombinedStatistic.Difference(_candidate.Statistic, baseline.Statistic, sign), _metric.Scale.Range.Difference, _bootstrap);
        return Result(
            BoundKind.MinimumGain,
            margin,
            Outcome(margin == 0 ? interval.Lower > 0 : interval.Lower >= margin, interval.Upper < margin),
            gain,
            interval,
            "bca",
            null,
            Power.DetectableFromInterval(interval, _gate.Confidence));
    }

    private static GateOutcome Outcome(bool passed, bool failed)
        => passed ? GateOutcome.Passed : failed ? GateOutcome.Failed : GateOutcome.Inconclusive;

    private GateResult Result(
        BoundKind kind, double bound, GateOutcome outcome, double value, Interval interval, string method, double? pValue, double? detectable) => new()
    {
        Metric = _gate.Metric,
        Kind = kind,
        Bound = bound,
        Outcome = outcome,
        Value = value,
        Interval = interval,
        CandidateValue = _candidate.Value(),
        Baseline = _baseline?.Name,
        BaselineValue = _baseline?.Value,
        Rows = _candidate.Count,
        Confidence = _gate.Confidence,
        Method = method,
        PValue = pValue,
        FurtherRows = outcome == GateOutcome.Inconclusive ? FurtherRows(value, bound, interval) : null,
        Detectable = detectable,
        InconclusiveAs = _gate.InconclusiveAs,
        Location = _gate.Location,
    };

    private long? FurtherRows(double value, double bound, Interval interval)
        => Power.RowsToDecide(_candidate.Count, value, bound, interval, _gate.Confidence) is { } rows ? Math.Max(1, rows - _candidate.Count) : null;
}
