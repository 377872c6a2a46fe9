using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Gating;

/// <summary>
/// Decides gates. Passed: the lower confidence limit reaches the bound. Failed: the upper limit does not. Otherwise inconclusive.
/// </summary>
public static class GateJudge
{
    /// <summary>Enters the gate key; raised when a rule changes what a verdict can be.</summary>
    public const int RulesVersion = 2;

    /// <summary>
    /// Judges a report. Metrics are computed from the report's own answers, so a gate may ask for one that the report does not show.
    /// </summary>
    /// <param name="gates">From <see cref="GateDefinition.Plan"/>; not empty.</param>
    /// <param name="latency">Of the candidate's answers; needed where a gate asks for it.</param>
    public static Verdict Decide(EvaluationReport report, IReadOnlyList<GateDefinition> gates, BootstrapOptions? bootstrap = null, MeasuredLatency? latency = null)
    {
        if (gates.Count == 0)
        {
            throw new ArgumentException("Nothing to judge; GateDefinition.Plan gives the default gate, and Off says that gates are off.", nameof(gates));
        }

        bootstrap ??= new BootstrapOptions();
        IReadOnlyList<GateDefinition> planned = GateDefinition.Plan(
            gates, new GateOpponents(report.Baselines.Any(), report.Regression is not null, report.Released is not null));
        GateResult[] results = [.. planned.SelectMany(gate => MetricRegistry.Resolve(gate.Metric, gate.Location) is Latency measured
            ? (latency ?? throw GateErrors.NotMeasured(gate)).Decide(gate, measured)
            : new GateCase(report, gate, bootstrap).Decide())];
        return new Verdict
        {
            Outcome = Worst(results),
            EvaluationKey = report.Key,
            GateKey = KeyOf(report.Key, planned, bootstrap),
            Gates = results,
            Floors = CompareFloors(report, planned),
        };
    }

    /// <summary>The verdict of a project that has turned its gates off.</summary>
    public static Verdict Off(ActionKey evaluationKey) => new()
    {
        Outcome = GateOutcome.Off,
        EvaluationKey = evaluationKey,
        GateKey = KeyOf(evaluationKey, [], new BootstrapOptions()),
        Gates = [],
        Floors = [],
    };

    /// <summary>
    /// The key of everything that a verdict depends on: the evaluation, the gates in their order (a verdict lists them so), and the rules. An empty list is the key of
    /// <see cref="Off"/>. Give the planned gates (<see cref="GateDefinition.Plan"/>).
    /// </summary>
    public static ActionKey KeyOf(ActionKey evaluationKey, IReadOnlyList<GateDefinition> gates, BootstrapOptions? bootstrap = null)
        => FingerprintOf(evaluationKey, gates, bootstrap).Key;

    /// <summary><see cref="KeyOf"/> with its fields, to say what changed.</summary>
    public static FingerprintFile FingerprintOf(ActionKey evaluationKey, IReadOnlyList<GateDefinition> gates, BootstrapOptions? bootstrap = null)
    {
        var fields = new KeyFields().Add("EvaluationKey", evaluationKey).Add("Rules", RulesVersion).Add("Gates", gates.Select(g => g.ToFields()));
        return FingerprintFile.Of("Gate", (bootstrap ?? new BootstrapOptions()).AddTo(fields));
    }

    /// <summary>Failed before inconclusive before passed.</summary>
    internal static GateOutcome Worst(IReadOnlyList<GateResult> gates)
        => gates.Any(g => g.Outcome == GateOutcome.Failed) ? GateOutcome.Failed
            : gates.Any(g => g.Outcome == GateOutcome.Inconclusive) ? GateOutcome.Inconclusive : GateOutcome.Passed;

    /// <summary>The candidate against every floor, on the metrics that gain gates look at (the primary one when there is none).</summary>
    private static List<FloorComparison> CompareFloors(EvaluationReport report, IReadOnlyList<GateDefinition> gates)
    {
        IMetric[] metrics = [.. gates.Where(g => g.MinimumGain is not null).Select(g => g.Metric).DefaultIfEmpty(MetricSpec.Primary)
            .Distinct().Select(spec => MetricRegistry.Resolve(spec))];
        var comparisons = new List<FloorComparison>();
        foreach (IMetric metric in metrics)
        {
            if (metric is MeanLoss || metric.Score(report.Items, report.Candidate.Run) is not RightWrongSample)
            {
                continue;
            }

            MetricSample candidate = metric.ScoreAll(report.Items, report.Candidate.Run);
            foreach (SubjectReport floor in report.Floors)
            {
                MetricSample other = metric.Score(report.Items, floor.Run);
                PairedCounts counts = GateCase.Count(candidate, other);
                double p = McNemar.PValue(counts);
                bool beaten = counts.Difference > 0 && p <= 1 - Confidence.Default;
                Interval interval = candidate is RightWrongSample ? Tango.Of(counts)
                    : Bootstrap.Bca(CombinedStatistic.Difference(candidate.Statistic, other.Statistic, 1), metric.Scale.Range.Difference);
                comparisons.Add(new FloorComparison(floor.Name, metric.Spec, candidate.Value(), other.Value(), interval, p, beaten));
            }
        }

        return comparisons;
    }
}
