using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Gating;

namespace ModelOps.Core.Advising;

/// <summary>By how much one is better than another on the same rows, as gates compare them: Tango's interval for right and wrong, the bootstrap elsewhere.</summary>
public readonly record struct Difference(double Value, Interval Interval)
{
    // Advice is no gate: a tenth of the resamples tells as much of an answer that nobody ships by.
    private static readonly BootstrapOptions s_options = new() { Resamples = 1000 };

    /// <summary>Better at all, with 95 % confidence.</summary>
    public bool IsShown => Interval.Lower > 0;

    public static Difference Of(MetricSample first, MetricSample second, MetricScale scale)
    {
        double sign = scale.HigherIsBetter ? 1 : -1;
        if (first is RightWrongSample && second is RightWrongSample)
        {
            PairedCounts counts = GateCase.Count(first, second);
            return new Difference(counts.Difference, Tango.Of(counts));
        }

        return new Difference(
            sign * (first.Value() - second.Value()), Bootstrap.Bca(CombinedStatistic.Difference(first.Statistic, second.Statistic, sign), scale.Range.Difference, s_options));
    }
}
