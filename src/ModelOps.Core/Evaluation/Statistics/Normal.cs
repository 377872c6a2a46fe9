namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>The standard normal distribution.</summary>
public static class Normal
{
    private const double InverseSqrtTwoPi = 0.398942280401432677939946;
    private const double TailStart = 3;

    public static double Density(double x) => InverseSqrtTwoPi * PortableMath.Exp(-0.5 * x * x);

    /// <summary>
    /// P(X ≤ x): the power series of Abramowitz and Stegun 26.2.11 in the middle, the continued fraction 26.2.14 in the tails,
    /// so that small probabilities keep their relative accuracy.
    /// </summary>
    public static double Cdf(double x)
    {
        if (double.IsNaN(x))
        {
            return double.NaN;
        }

        return Math.Abs(x) < TailStart ? 0.5 + Middle(x) : x > 0 ? 1 - Tail(x) : Tail(-x);
    }

    /// <summary>The x with Cdf(x) = <paramref name="probability"/>, 0 to 1: Abramowitz and Stegun 26.2.23 refined by Halley's method.</summary>
    public static double Quantile(double probability)
    {
        if (!(probability >= 0 && probability <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability lies between 0 and 1.");
        }

        if (probability is 0 or 1)
        {
            return probability == 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        if (probability == 0.5)
        {
            return 0;
        }

        double tail = Math.Min(probability, 1 - probability);
        double t = Math.Sqrt(-2 * PortableMath.Log(tail));
        double x = -(t - ((2.515517 + (t * (0.802853 + (t * 0.010328)))) / (1 + (t * (1.432788 + (t * (0.189269 + (t * 0.001308))))))));
        for (int i = 0; i < 4; i++)
        {
            double error = (Cdf(x) - tail) / Density(x);
            x -= error / (1 + (0.5 * x * error));
        }

        return probability < 0.5 ? x : -x;
    }

    private static double Middle(double x)
    {
        double term = x;
        double sum = x;
        for (int k = 3; Math.Abs(term) > Math.Abs(sum) * 1e-18 && k < 400; k += 2)
        {
            term *= x * x / k;
            sum += term;
        }

        return Density(x) * sum;
    }

    private static double Tail(double x)
    {
        if (x > 39)
        {
            return 0;
        }

        double fraction = x;
        for (int k = 200; k > 0; k--)
        {
            fraction = x + (k / fraction);
        }

        return Density(x) / fraction;
    }
}
