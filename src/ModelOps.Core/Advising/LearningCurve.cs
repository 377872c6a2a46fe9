using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Advising;

/// <summary>A model that was tuned on so many rows, and its scores on the held-out rows.</summary>
public sealed record CurvePoint(int Rows, MetricSample Sample);

/// <summary>What a value may be with more rows.</summary>
public sealed record CurveForecast(double Rows, double Value, Interval Interval);

/// <summary>
/// Scores of models tuned on nested shares of the rows, and what they say of more rows: the error falls as a power of the rows (Hestness et al., 2017, arXiv:1712.00409),
/// fitted by least squares in logarithms. The interval comes from resampled held-out rows, the same for all points; it says nothing of a law that does not hold.
/// </summary>
/// <param name="Points">By rows, at least two, on the same held-out rows; the metric is a share of which more is better.</param>
public sealed record LearningCurve(IReadOnlyList<CurvePoint> Points)
{
    private const int Resamples = 1000;
    private const ulong Seed = 20_260_101;
    private const double LeastError = 1e-3;

    public CurvePoint Last => Points[^1];

    /// <param name="rows">More than the last point has.</param>
    public CurveForecast At(double rows)
    {
        int heldOut = Last.Sample.Count;
        var values = new double[Resamples];
        var drawn = new int[heldOut];
        for (int resample = 0; resample < Resamples; resample++)
        {
            Philox.FillIndices(drawn, heldOut, Seed, (uint)resample);
            values[resample] = Follow([.. Points.Select(p => drawn.Average(row => p.Sample.RowScores[row]))], rows);
        }

        Array.Sort(values);
        double value = Follow([.. Points.Select(p => p.Sample.RowScores.Average())], rows);
        return new CurveForecast(rows, value, new Interval(Math.Min(value, values[Resamples / 40]), Math.Max(value, values[Resamples - (Resamples / 40) - 1])));
    }

    /// <summary>The fitted law at a number of rows; never below what was reached, because rows do not harm it.</summary>
    private double Follow(double[] scores, double rows)
    {
        double[] x = [.. Points.Select(p => PortableMath.Log(p.Rows))];
        double[] y = [.. scores.Select(s => PortableMath.Log(Math.Max(LeastError, 1 - s)))];
        double meanX = x.Average(), meanY = y.Average();
        double spread = x.Sum(v => (v - meanX) * (v - meanX));
        double slope = spread == 0 ? 0 : x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / spread;
        return slope >= 0 ? scores[^1] : Math.Max(scores[^1], 1 - PortableMath.Exp(meanY + (slope * (PortableMath.Log(rows) - meanX))));
    }
}
