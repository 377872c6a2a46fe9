using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>One subject's scores under one metric: what each row contributes, and the statistic of the rows that is the metric's value.</summary>
public class MetricSample
{
    /// <param name="rowScores">What each row contributes, for people and for tables.</param>
    /// <param name="statistic">The metric's value over any choice of rows.</param>
    public MetricSample(IReadOnlyList<double> rowScores, RowStatistic statistic)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rowScores.Count, statistic.Rows);
        (RowScores, Statistic) = (rowScores, statistic);
    }

    /// <summary>What each row contributes; a corpus metric is no mean of these.</summary>
    public IReadOnlyList<double> RowScores { get; }

    public RowStatistic Statistic { get; }

    public int Count => RowScores.Count;

    /// <summary>The plain mean of the rows' scores.</summary>
    public static MetricSample Mean(IReadOnlyList<double> scores) => new(scores, SumStatistic.Mean(scores));

    /// <summary>The sum of the rows' amounts divided by the sum of their weights, all above 0.</summary>
    public static MetricSample WeightedMean(double[] amounts, double[] weights)
        => new([.. amounts.Zip(weights, (a, w) => a / w)], new SumStatistic([amounts, weights], static sums => sums[0] / sums[1]));

    /// <summary>The value over all rows.</summary>
    public double Value() => Statistic.Value();

    /// <summary>The same of some of the rows.</summary>
    public virtual MetricSample Take(IReadOnlyList<int> rows) => new([.. rows.Select(row => RowScores[row])], Statistic.Take(rows));
}

/// <summary>Each row is right or wrong; the value is the share of right ones.</summary>
public sealed class RightWrongSample(IReadOnlyList<bool> right)
    : MetricSample([.. right.Select(Score)], SumStatistic.Mean([.. right.Select(Score)]))
{
    private readonly bool[] _right = [.. right];

    public IReadOnlyList<bool> Right => _right;

    public int RightCount => _right.Count(r => r);

    public override MetricSample Take(IReadOnlyList<int> rows) => new RightWrongSample([.. rows.Select(row => _right[row])]);

    private static double Score(bool right) => right ? 1 : 0;
}
