using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>The value of a statistic from the sums of its columns.</summary>
public delegate double SumFunction(ReadOnlySpan<double> sums);

/// <summary>
/// A statistic that is a function of sums over the rows: a mean (one column and the number of rows), a ratio (two columns), BLEU (n-gram counts). A
/// resample is one product of counts and column; leaving a row out is one subtraction.
/// </summary>
public sealed class SumStatistic : RowStatistic
{
    private readonly double[][] _columns; // [column][group]
    private readonly SumFunction _finish;

    /// <param name="columns">One array per column, a number per row.</param>
    public SumStatistic(double[][] columns, SumFunction finish)
        : this(columns[0].Length, null, columns, finish)
    {
    }

    private SumStatistic(int rows, int[]? groupOf, double[][] columns, SumFunction finish)
        : base(rows, groupOf, columns[0].Length) => (_columns, _finish) = (columns, finish);

    /// <summary>Of one array per row, a number per column.</summary>
    public static SumStatistic OfRows(double[][] rows, SumFunction finish)
        => new([.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Select(row => row[column]).ToArray())], finish);

    /// <summary>The plain mean; rows of equal value form a group where that makes fewer than rows.</summary>
    public static SumStatistic Mean(IReadOnlyList<double> values)
    {
        var groups = new Dictionary<double, int>();
        var groupOf = new int[values.Count];
        for (int row = 0; row < groupOf.Length; row++)
        {
            ref int group = ref CollectionsMarshal.GetValueRefOrAddDefault(groups, values[row], out bool known);
            group = known ? group : groups.Count - 1;
            groupOf[row] = group;
        }

        SumFunction mean = static sums => sums[0] / sums[1];
        bool fewer = groups.Count <= values.Count / 2;
        double[] amounts = fewer ? [.. groups.Keys] : [.. values];
        return new SumStatistic(values.Count, fewer ? groupOf : null, [amounts, Ones(amounts.Length)], mean);
    }

    public override double Value(ReadOnlySpan<double> counts)
    {
        Span<double> sums = stackalloc double[_columns.Length];
        for (int column = 0; column < sums.Length; column++)
        {
            sums[column] = Dot(_columns[column], counts);
        }

        return _finish(sums);
    }

    public override RowStatistic Take(IReadOnlyList<int> rows) => GroupOf is null
        ? new SumStatistic(rows.Count, null, [.. _columns.Select(column => rows.Select(row => column[row]).ToArray())], _finish)
        : new SumStatistic(rows.Count, TakeGroups(rows), _columns, _finish);

    internal override double[] WithoutOne()
    {
        double[] counts = Counts();
        double[] totals = [.. _columns.Select(column => Dot(column, counts))];
        var values = new double[Groups];
        Span<double> sums = stackalloc double[totals.Length];
        for (int group = 0; group < Groups; group++)
        {
            for (int column = 0; column < totals.Length; column++)
            {
                sums[column] = totals[column] - _columns[column][group];
            }

            values[group] = counts[group] > 0 ? _finish(sums) : double.NaN;
        }

        return values;
    }

    private static double[] Ones(int count)
    {
        var ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }

    /// <summary>Eight lanes in a fixed order on any hardware; multiplication and addition are rounded apart.</summary>
    private static double Dot(ReadOnlySpan<double> column, ReadOnlySpan<double> counts)
    {
        ref double a = ref MemoryMarshal.GetReference(column);
        ref double b = ref MemoryMarshal.GetReference(counts[..column.Length]);
        Vector256<double> first = default, second = default;
        nuint i = 0, end = (nuint)column.Length;
        for (; i + 8 <= end; i += 8)
        {
            first += Vector256.LoadUnsafe(ref a, i) * Vector256.LoadUnsafe(ref b, i);
            second += Vector256.LoadUnsafe(ref a, i + 4) * Vector256.LoadUnsafe(ref b, i + 4);
        }

        Vector256<double> lanes = first + second;
        double sum = lanes[0] + lanes[1] + lanes[2] + lanes[3];
        for (; i < end; i++)
        {
            sum += Unsafe.Add(ref a, i) * Unsafe.Add(ref b, i);
        }

        return sum;
    }
}
