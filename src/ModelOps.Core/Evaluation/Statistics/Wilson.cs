namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>Score interval of a single proportion (Wilson, JASA 22, 1927, 209–212), without continuity correction.</summary>
public static class Wilson
{
    /// <param name="successes">0 to <paramref name="trials"/>.</param>
    /// <param name="trials">At least 1.</param>
    /// <param name="confidence">Two-sided, 0 to 1 exclusive.</param>
    public static Interval Of(int successes, int trials, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        double z = Confidence.ToZ(confidence);
        double n = trials;
        double p = successes / n;
        double centre = p + (z * z / (2 * n));
        double half = z * Math.Sqrt((p * (1 - p) / n) + (z * z / (4 * n * n)));
        double scale = 1 + (z * z / n);
        return new Interval(
            successes == 0 ? 0 : Math.Max(0, (centre - half) / scale),
            successes == trials ? 1 : Math.Min(1, (centre + half) / scale));
    }
}

/// <summary>Two-sided confidence levels.</summary>
public static class Confidence
{
    public const double Default = 0.95;

    /// <summary>The quantile z that leaves (1 − confidence) / 2 above it.</summary>
    public static double ToZ(double confidence)
        => confidence is > 0 and < 1
            ? -Normal.Quantile((1 - confidence) / 2)
            : throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "A confidence level lies between 0 and 1.");
}
