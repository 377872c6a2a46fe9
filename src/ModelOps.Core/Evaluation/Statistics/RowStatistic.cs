namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>
/// A statistic of a set of rows that does not depend on their order. Rows that contribute the same form a group, so that a resample is known by how
/// often each group was drawn: a resample of 10,000 right or wrong rows is two numbers. Implementations are pure; they are called from several threads.
/// </summary>
public abstract class RowStatistic
{
    private readonly int[]? _groupOf;

    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="groupOf">The group of each row, 0 to <paramref name="groups"/> − 1; null where every row is a group of its own.</param>
    /// <param name="groups">Number of groups; some may be empty.</param>
    protected RowStatistic(int rows, int[]? groupOf, int groups)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        (Rows, _groupOf, Groups) = (rows, groupOf, groups);
    }

    public int Rows { get; }

    public int Groups { get; }

    /// <summary>The group of each row; null where every row is a group of its own.</summary>
    internal int[]? GroupOf => _groupOf;

    /// <summary>The value over all rows.</summary>
    public double Value() => Value(Counts());

    /// <summary>The value where group g stands <c>counts[g]</c> times; the counts are whole and add up to at least 1.</summary>
    public abstract double Value(ReadOnlySpan<double> counts);

    /// <summary>The same statistic of some of the rows.</summary>
    /// <param name="rows">Indices of rows, at least one.</param>
    public abstract RowStatistic Take(IReadOnlyList<int> rows);

    /// <summary>For every group the value without one row of it; not a number for an empty group.</summary>
    internal virtual double[] WithoutOne()
    {
        double[] counts = Counts();
        var values = new double[Groups];
        for (int group = 0; group < Groups; group++)
        {
            bool occurs = counts[group] > 0;
            counts[group]--;
            values[group] = occurs ? Value(counts) : double.NaN;
            counts[group]++;
        }

        return values;
    }

    /// <summary>How many rows each group has.</summary>
    internal double[] Counts()
    {
        var counts = new double[Groups];
        for (int row = 0; row < Rows; row++)
        {
            counts[_groupOf is null ? row : _groupOf[row]]++;
        }

        return counts;
    }

    internal int Group(int row) => _groupOf is null ? row : _groupOf[row];

    private protected int[]? TakeGroups(IReadOnlyList<int> rows) => _groupOf is null ? null : [.. rows.Select(row => _groupOf[row])];
}
