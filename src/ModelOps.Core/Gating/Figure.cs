using System.Globalization;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Gating;

/// <summary>How figures are written for people.</summary>
internal static class Figure
{
    /// <summary>A measured value with three decimals.</summary>
    public static string Value(double value) => (value == 0 ? 0 : value).ToString("0.000", CultureInfo.InvariantCulture) is var text && text == "-0.000" ? "0.000" : text;

    /// <summary>A bound as it was written, with at least two decimals.</summary>
    public static string Bound(double value) => value.ToString("0.00##########", CultureInfo.InvariantCulture);

    public static string Range(Interval interval) => $"[{Limit(interval.Lower)}, {Limit(interval.Upper)}]";

    public static string Percent(double share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    /// <summary>As many decimals as a value of its size deserves: 1,204, 17.3, 0.42.</summary>
    public static string Short(double value)
        => value.ToString(Math.Abs(value) >= 100 ? "#,0" : Math.Abs(value) >= 10 ? "0.0" : "0.##", CultureInfo.InvariantCulture);

    /// <summary>A number of things.</summary>
    public static string Count(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Limit(double value) => double.IsFinite(value) ? Value(value) : value > 0 ? "∞" : "-∞";
}
