namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>
/// A quantile of a sample with the interval that holds whatever the distribution: between two of the sorted values, chosen by the binomial
/// distribution (Conover, Practical Nonparametric Statistics, 1999, 3.2). Unbounded where the sample is too small to say.
/// </summary>
public readonly record struct QuantileInterval(double Value, Interval Interval)
{
    /// <param name="sample">At least one value.</param>
    /// <param name="share">0 to 1 exclusive; 0.95 for the 95th percentile.</param>
    public static QuantileInterval Of(IReadOnlyCollection<double> sample, double share, double confidence = Confidence.Default)
    {
        double[] sorted = [.. sample.Order()];
        int n = sorted.Length;
        double[] atMost = Cumulative(n, share);
        double tail = (1 - confidence) / 2;

        // x(r) lies above the quantile with probability P(B ≤ r − 1), and below it with P(B ≥ r), B ~ Binomial(n, share).
        int upper = Array.FindIndex(atMost, p => p >= 1 - tail) + 1;
        int lower = Array.FindLastIndex(atMost, p => p <= tail) + 1;
        double value = sorted[Math.Clamp((int)Math.Ceiling(share * n) - 1, 0, n - 1)];
        return new QuantileInterval(value, new Interval(
            lower < 1 ? double.NegativeInfinity : sorted[lower - 1], upper > n ? double.PositiveInfinity : sorted[upper - 1]));
    }

    /// <summary>P(B ≤ k) for k from 0 to n, from weights relative to the mode: nothing over- or underflows where it counts.</summary>
    private static double[] Cumulative(int n, double share)
    {
        var weights = new double[n + 1];
        int mode = Math.Min(n, (int)((n + 1) * share));
        weights[mode] = 1;
        double odds = share / (1 - share);
        for (int k = mode; k > 0; k--)
        {
            weights[k - 1] = weights[k] * k / ((n - k + 1) * odds);
        }

        for (int k = mode; k < n; k++)
        {
            weights[k + 1] = weights[k] * (n - k) * odds / (k + 1);
        }

        double all = weights.Sum();
        double sum = 0;
        return [.. weights.Select(w => (sum += w) / all)];
    }
}
