using System.Globalization;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Plots;

/// <summary>A linear scale with round ticks. Only additions, multiplications and comparisons: the same drawing on every machine.</summary>
internal sealed class Axis
{
    private const int MostTicks = 5;

    private Axis(double lower, double upper, double step)
    {
        (Lower, Upper) = (lower, upper);
        int count = (int)Math.Round((upper - lower) / step);
        Ticks = [.. Enumerable.Range(0, count + 1).Select(i => lower + (i * step))];
        Digits = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
    }

    public double Lower { get; }

    public double Upper { get; }

    public IReadOnlyList<double> Ticks { get; }

    private int Digits { get; }

    /// <summary>The smallest range of whole steps that holds all values.</summary>
    public static Axis Over(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        double lower = finite.Length == 0 ? 0 : finite.Min(), upper = finite.Length == 0 ? 1 : finite.Max();
        if (!(upper - lower > 0) || upper - lower < 1e-9)
        {
            (lower, upper) = (lower - 0.05, upper + 0.05);
        }

        double step = Step(upper - lower);
        return new Axis(Math.Floor((lower / step) + 1e-9) * step, Math.Ceiling((upper / step) - 1e-9) * step, step);
    }

    /// <summary>Where a value stands, 0 to 1; what lies outside is drawn at the edge.</summary>
    public Percent At(double value) => new(Math.Clamp((value - Lower) / (Upper - Lower), 0, 1));

    public string Label(double tick) => (Math.Abs(tick) < 1e-12 ? 0 : tick).ToString("F" + Digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static double Step(double range)
    {
        double power = 1;
        while (power * MostTicks < range)
        {
            power *= 10;
        }

        while (power > range / MostTicks * 10)
        {
            power /= 10;
        }

        foreach (double factor in (ReadOnlySpan<double>)[0.1, 0.2, 0.5, 1, 2, 5])
        {
            if (range / (power * factor) <= MostTicks)
            {
                return power * factor;
            }
        }

        return power * 10;
    }
}
