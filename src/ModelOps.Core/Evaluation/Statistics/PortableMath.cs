namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>
/// Exponential and logarithm from IEEE-exact operations only, so that a report has the same bytes on every system;
/// the platform's mathematics library differs in the last bit. Within 2 units in the last place.
/// </summary>
internal static class PortableMath
{
    // ln 2 in two parts; the high part has trailing zeros, so that k * Ln2High is exact for every exponent k.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const int ExpTerms = 16;

    public static double Exp(double x)
    {
        if (double.IsNaN(x) || x > 709.78)
        {
            return double.IsNaN(x) ? double.NaN : double.PositiveInfinity;
        }

        if (x < -745.2)
        {
            return 0;
        }

        double k = Math.Round(x / (Ln2High + Ln2Low));
        double r = (x - (k * Ln2High)) - (k * Ln2Low);
        double sum = 1;
        for (int i = ExpTerms; i > 0; i--)
        {
            sum = 1 + (sum * r / i);
        }

        return Math.ScaleB(sum, (int)k);
    }

    /// <summary>Natural logarithm: x = m · 2^k with m near 1, then ln m = 2 artanh((m − 1) / (m + 1)) as a power series.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        }

        int k = Math.ILogB(x);
        double m = Math.ScaleB(x, -k);
        if (m > 1.4142135623730951)
        {
            m /= 2;
            k++;
        }

        double s = (m - 1) / (m + 1);
        double square = s * s;
        double series = 0;
        for (int i = 25; i >= 1; i -= 2)
        {
            series = (series * square) + (1.0 / i);
        }

        return (k * Ln2High) + ((2 * s * series) + (k * Ln2Low));
    }
}
