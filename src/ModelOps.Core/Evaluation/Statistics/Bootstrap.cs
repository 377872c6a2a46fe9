using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>How resampling is done; part of the gate key.</summary>
public sealed record BootstrapOptions
{
    public double Confidence { get; init; } = Statistics.Confidence.Default;

    public int Resamples { get; init; } = 10_000;

    public ulong Seed { get; init; } = 20_260_101;

    /// <summary>Adds what resampling depends on to a key.</summary>
    public KeyFields AddTo(KeyFields fields) => fields.Add("BootstrapResamples", Resamples).Add("BootstrapSeed", Seed).Add("Confidence", Confidence);
}

/// <summary>
/// Bias-corrected and accelerated bootstrap interval (Efron, JASA 82, 1987, 171–185). For a paired difference the statistic is the
/// difference on the same rows. Ties with the estimate count half in the bias correction, quantiles interpolate linearly.
/// </summary>
public static class Bootstrap
{
    private const double MostAcceleration = 0.25;

    /// <summary>
    /// The interval of a statistic; always contains the estimate. Where every resample gives the same value, resampling says nothing; the
    /// interval then comes from the rule of <see cref="OfConstant"/>.
    /// </summary>
    public static Interval Bca(RowStatistic statistic, ValueRange range, BootstrapOptions? options = null) => Bca([(statistic, range)], options)[0];

    /// <summary>The intervals of several statistics of the same rows, from the same resamples: drawing is most of the work.</summary>
    public static Interval[] Bca(IReadOnlyList<(RowStatistic Statistic, ValueRange Range)> statistics, BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        if (statistics.Count == 0)
        {
            return [];
        }

        double[][] values = Resampling.Values([.. statistics.Select(s => s.Statistic)], options);
        var intervals = new Interval[statistics.Count];
        Parallel.For(0, intervals.Length, i => intervals[i] = Of(statistics[i].Statistic, statistics[i].Range, values[i], options.Confidence));
        return intervals;
    }

    /// <summary>
    /// The interval where all rows agree: with confidence, at most a share p = 1 − ((1 − confidence) / 2)^(1/n) of further rows differs
    /// (Clopper and Pearson with no success in n), and those may lie anywhere in the range. Unbounded on a side where the range is.
    /// </summary>
    public static Interval OfConstant(double value, int rows, ValueRange range, double confidence)
    {
        double share = 1 - PortableMath.Exp(PortableMath.Log((1 - confidence) / 2) / rows);
        return new Interval(value - Reach(value - range.Lower), value + Reach(range.Upper - value));

        double Reach(double distance) => distance <= 0 ? 0 : share * distance;
    }

    private static Interval Of(RowStatistic statistic, ValueRange range, double[] values, double confidence)
    {
        double estimate = statistic.Value();
        Array.Sort(values);
        if (values[0] == values[^1] && values[0] == estimate)
        {
            return OfConstant(estimate, statistic.Rows, range, confidence);
        }

        double bias = BiasCorrection(values, estimate);
        double acceleration = Acceleration(statistic);
        double z = Confidence.ToZ(confidence);
        double lower = Quantile(values, Level(bias, acceleration, -z));
        double upper = Quantile(values, Level(bias, acceleration, z));
        return new Interval(Math.Min(lower, estimate), Math.Max(upper, estimate));
    }

    private static double BiasCorrection(double[] sorted, double estimate)
    {
        int below = 0;
        int equal = 0;
        foreach (double value in sorted)
        {
            below += value < estimate ? 1 : 0;
            equal += value == estimate ? 1 : 0;
        }

        double share = (below + (0.5 * equal)) / sorted.Length;
        double least = 0.5 / sorted.Length;
        return Normal.Quantile(Math.Clamp(share, least, 1 - least));
    }

    /// <summary>Skewness of the jackknife values divided by 6; a group's value stands for each of its rows.</summary>
    private static double Acceleration(RowStatistic statistic)
    {
        if (statistic.Rows < 3)
        {
            return 0;
        }

        double[] jackknife = statistic.WithoutOne();
        double[] counts = statistic.Counts();
        double sum = 0;
        for (int group = 0; group < counts.Length; group++)
        {
            sum += counts[group] > 0 ? counts[group] * jackknife[group] : 0;
        }

        double mean = sum / statistic.Rows;
        double squares = 0;
        double cubes = 0;
        for (int group = 0; group < counts.Length; group++)
        {
            double d = counts[group] > 0 ? mean - jackknife[group] : 0;
            squares += counts[group] * d * d;
            cubes += counts[group] * d * d * d;
        }

        return squares == 0 ? 0 : Math.Clamp(cubes / (6 * squares * Math.Sqrt(squares)), -MostAcceleration, MostAcceleration);
    }

    private static double Level(double bias, double acceleration, double z)
    {
        double sum = bias + z;
        double divisor = 1 - (acceleration * sum);

        // Beyond the pole of the transformation the outermost resample is all that is left.
        return divisor <= 0 ? (z < 0 ? 0 : 1) : Normal.Cdf(bias + (sum / divisor));
    }

    private static double Quantile(double[] sorted, double level)
    {
        double position = level * (sorted.Length - 1);
        int index = Math.Min((int)position, sorted.Length - 2);
        return index < 0 ? sorted[0] : sorted[index] + ((position - index) * (sorted[index + 1] - sorted[index]));
    }
}
