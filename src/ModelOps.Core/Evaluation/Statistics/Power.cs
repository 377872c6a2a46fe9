namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>What a number of rows can show.</summary>
public static class Power
{
    /// <summary>The chance of deciding that rows and detectable effects are computed for.</summary>
    public const double Target = 0.8;

    private static readonly double s_targetZ = Normal.Quantile(Target);

    /// <summary>
    /// Rows in all that would decide between <paramref name="estimate"/> and <paramref name="bound"/> with 80 % power if the estimate is
    /// the truth, from the width of the interval at <paramref name="rows"/> rows (which shrinks with the root of the rows).
    /// Null when no number would: the estimate is on the bound, or the interval has no finite width.
    /// </summary>
    public static long? RowsToDecide(int rows, double estimate, double bound, Interval interval, double confidence)
    {
        double z = Confidence.ToZ(confidence);
        double half = estimate >= bound ? estimate - interval.Lower : interval.Upper - estimate;
        double distance = Math.Abs(estimate - bound);
        if (distance == 0 || !double.IsFinite(half))
        {
            return null;
        }

        double factor = (z + s_targetZ) / z * half / distance;
        double needed = Math.Ceiling(rows * factor * factor);
        return needed >= 1e12 ? null : (long)needed;
    }

    /// <summary>Smallest distance from the bound that the rows behind this interval show with 80 % power.</summary>
    public static double? DetectableFromInterval(Interval interval, double confidence)
    {
        double z = Confidence.ToZ(confidence);
        return double.IsFinite(interval.Width) ? (z + s_targetZ) * interval.Width / (2 * z) : null;
    }

    /// <summary>
    /// Smallest true gain that a paired comparison of right and wrong shows with 80 % power against <paramref name="margin"/> (Connor, Biometrics 43,
    /// 1987, 207–211, generalised to a margin by the score test's variance, with one row's continuity correction for the exact test).
    /// Null when even a gain of 1 would not be shown.
    /// </summary>
    /// <param name="discordant">Share of rows on which the two subjects differ; raised where the gain itself needs more.</param>
    public static double? DetectableGain(int rows, double discordant, double margin, double confidence = Confidence.Default)
    {
        double z = Confidence.ToZ(confidence);
        if (!Shows(rows, discordant, margin, 1, z))
        {
            return null;
        }

        double low = margin;
        double high = 1;
        while (high - low > 1e-9)
        {
            double middle = (low + high) / 2;
            (low, high) = Shows(rows, discordant, margin, middle, z) ? (low, middle) : (middle, high);
        }

        return high;
    }

    private static bool Shows(int rows, double discordant, double margin, double gain, double z)
    {
        double share = Math.Clamp(Math.Max(discordant, Math.Abs(gain)), 0, 1);
        double onlyFirst = (share + gain) / 2;
        double nullVariance = Tango.VariancePerRow(onlyFirst, share - onlyFirst, 1, margin);
        double trueVariance = Math.Max(0, share - (gain * gain));
        double distance = gain - margin - (1.0 / rows);
        return distance > 0 && distance * Math.Sqrt(rows) >= (z * Math.Sqrt(nullVariance)) + (s_targetZ * Math.Sqrt(trueVariance));
    }
}
