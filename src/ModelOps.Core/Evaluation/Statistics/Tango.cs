namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>
/// Score interval for the difference of two paired proportions (Tango, Statistics in Medicine 17, 1998, 891–908): all margins Δ that
/// the score test does not reject, the nuisance parameter at its constrained maximum-likelihood estimate.
/// </summary>
public static class Tango
{
    private const int Bisections = 200;

    public static Interval Of(PairedCounts counts, double confidence = Confidence.Default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(counts.Rows, Math.Max(1, counts.OnlyFirst + counts.OnlySecond));
        double z = Confidence.ToZ(confidence);
        double lower = counts.Difference <= -1 ? -1 : Solve(counts, z, -1, counts.Difference);
        double upper = counts.Difference >= 1 ? 1 : Solve(counts, -z, counts.Difference, 1);
        return new Interval(lower, upper);
    }

    /// <summary>The score statistic of H0: difference = <paramref name="margin"/>; about standard normal under H0, falling in the margin.</summary>
    public static double Statistic(PairedCounts counts, double margin)
    {
        double numerator = counts.OnlyFirst - counts.OnlySecond - (counts.Rows * margin);
        double variance = counts.Rows * VariancePerRow(counts.OnlyFirst, counts.OnlySecond, counts.Rows, margin);
        return variance <= 0 ? numerator == 0 ? 0 : numerator > 0 ? double.PositiveInfinity : double.NegativeInfinity
            : numerator / Math.Sqrt(variance);
    }

    /// <summary>Variance of one row's difference under H0: 2 q + Δ (1 − Δ), q the constrained estimate of P(only second right).</summary>
    internal static double VariancePerRow(double onlyFirst, double onlySecond, double rows, double margin)
    {
        double a = 2 * rows;
        double b = -onlyFirst - onlySecond + (((2 * rows) - onlyFirst + onlySecond) * margin);
        double c = -onlySecond * margin * (1 - margin);
        double q = (Math.Sqrt(Math.Max(0, (b * b) - (4 * a * c))) - b) / (2 * a);
        return (2 * q) + (margin * (1 - margin));
    }

    private static double Solve(PairedCounts counts, double target, double low, double high)
    {
        for (int i = 0; i < Bisections && high - low > 1e-15; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Statistic(counts, middle) > target ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
