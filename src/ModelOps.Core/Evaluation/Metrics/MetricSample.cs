namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>One subject's scores under one metric, row by row, and the metric's value over any choice of rows.</summary>
public abstract class MetricSample
{
    protected MetricSample(IReadOnlyList<double> rowScores) => RowScores = rowScores;

    /// <summary>What each row contributes, for people; the metric's value is <see cref="Value(ReadOnlySpan{int})"/>.</summary>
    public IReadOnlyList<double> RowScores { get; }

    public int Count => RowScores.Count;

    /// <summary>The value over the rows with these indices, which may repeat.</summary>
    public abstract double Value(ReadOnlySpan<int> rows);

    /// <summary>The value over all rows.</summary>
    public double Value() => Value([.. Enumerable.Range(0, Count)]);
}

/// <summary>Each row is right or wrong; the value is the share of right ones.</summary>
public sealed class RightWrongSample(IReadOnlyList<bool> right) : MetricSample([.. right.Select(r => r ? 1.0 : 0.0)])
{
    private readonly bool[] _right = [.. right];

    public IReadOnlyList<bool> Right => _right;

    public int RightCount => _right.Count(r => r);

    public override double Value(ReadOnlySpan<int> rows)
    {
        int count = 0;
        foreach (int row in rows)
        {
            count += _right[row] ? 1 : 0;
        }

        return (double)count / rows.Length;
    }
}

/// <summary>The value is the sum of the rows' amounts divided by the sum of their weights; a plain mean where all weights are 1.</summary>
public sealed class WeightedMeanSample : MetricSample
{
    private readonly double[] _amounts;
    private readonly double[] _weights;

    public WeightedMeanSample(IReadOnlyList<double> amounts, IReadOnlyList<double> weights)
        : base([.. amounts.Zip(weights, (a, w) => a / w)])
    {
        _amounts = [.. amounts];
        _weights = [.. weights];
    }

    public override double Value(ReadOnlySpan<int> rows)
    {
        double amount = 0;
        double weight = 0;
        foreach (int row in rows)
        {
            amount += _amounts[row];
            weight += _weights[row];
        }

        return amount / weight;
    }
}
