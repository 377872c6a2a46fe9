using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>A statistic of the rows with these indices; indices may repeat. Must be pure: it is called from several threads.</summary>
public delegate double RowStatistic(ReadOnlySpan<int> rows);

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
    /// The interval of <paramref name="statistic"/> over <paramref name="rows"/> rows; always contains the estimate. Where every resample gives
    /// the same value, resampling says nothing; the interval then comes from the rule of <see cref="OfConstant"/>.
    /// </summary>
    public static Interval Bca(int rows, RowStatistic statistic, ValueRange range, BootstrapOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentNullException.ThrowIfNull(statistic);
        options ??= new BootstrapOptions();
        int[] all = [.. Enumerable.Range(0, rows)];
        double estimate = statistic(all);
        double[] values = Resample(rows, statistic, options);
        if (values[0] == values[^1] && values[0] == estimate)
        {
            return OfConstant(estimate, rows, range, options.Confidence);
        }

        double bias = BiasCorrection(values, estimate);
        double acceleration = Acceleration(all, statistic);
        double z = Confidence.ToZ(options.Confidence);
        double lower = Quantile(values, Level(bias, acceleration, -z));
        double upper = Quantile(values, Level(bias, acceleration, z));
        return new Interval(Math.Min(lower, estimate), Math.Max(upper, estimate));
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

    /// <summary>Sorted values of the statistic on every resample.</summary>
    private static double[] Resample(int rows, RowStatistic statistic, BootstrapOptions options)
    {
        var values = new double[options.Resamples];
        Parallel.For(0, options.Resamples, () => new int[rows], (r, _, indices) =>
        {
            Philox.FillIndices(indices, rows, options.Seed, (uint)r);
            values[r] = statistic(indices);
            return indices;
        }, _ => { });
        Array.Sort(values);
        return values;
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

    /// <summary>Skewness of the jackknife values divided by 6.</summary>
    private static double Acceleration(int[] all, RowStatistic statistic)
    {
        if (all.Length < 3)
        {
            return 0;
        }

        var jackknife = new double[all.Length];
        Parallel.For(0, all.Length, () => all[1..], (left, _, others) =>
        {
            all.AsSpan(0, left).CopyTo(others);
            all.AsSpan(left + 1).CopyTo(others.AsSpan(left));
            jackknife[left] = statistic(others);
            return others;
        }, _ => { });
        double mean = jackknife.Sum() / jackknife.Length;
        double squares = 0;
        double cubes = 0;
        foreach (double value in jackknife)
        {
            double d = mean - value;
            squares += d * d;
            cubes += d * d * d;
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
