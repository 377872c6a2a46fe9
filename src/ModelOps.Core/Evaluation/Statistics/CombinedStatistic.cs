using System.Buffers;

namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>A weighted sum of statistics of the same rows: what a paired comparison resamples, or the mean over repeats.</summary>
internal sealed class CombinedStatistic : RowStatistic
{
    private readonly RowStatistic[] _parts;
    private readonly double[] _weights;
    private readonly int[][]? _groupsOf; // [group][part]; null where every part has a group per row

    private CombinedStatistic(RowStatistic[] parts, double[] weights, int[]? groupOf, int[][]? groupsOf)
        : base(parts[0].Rows, groupOf, groupsOf?.Length ?? parts[0].Rows) => (_parts, _weights, _groupsOf) = (parts, weights, groupsOf);

    /// <summary>One subject minus another, times a sign.</summary>
    /// <param name="sign">1, or −1 where less is better.</param>
    public static CombinedStatistic Difference(RowStatistic first, RowStatistic second, double sign) => Of([first, second], [sign, -sign]);

    /// <summary>The plain mean of several statistics.</summary>
    public static CombinedStatistic Mean(IReadOnlyList<RowStatistic> parts) => Of([.. parts], [.. parts.Select(_ => 1.0 / parts.Count)]);

    public override double Value(ReadOnlySpan<double> counts)
    {
        double value = 0;
        for (int part = 0; part < _parts.Length; part++)
        {
            value += _weights[part] * (_groupsOf is null ? _parts[part].Value(counts) : ValueOf(part, counts, _groupsOf));
        }

        return value;
    }

    public override RowStatistic Take(IReadOnlyList<int> rows) => Of([.. _parts.Select(part => part.Take(rows))], _weights);

    internal override double[] WithoutOne()
    {
        double[][] parts = [.. _parts.Select(part => part.WithoutOne())];
        var values = new double[Groups];
        for (int group = 0; group < Groups; group++)
        {
            for (int part = 0; part < parts.Length; part++)
            {
                values[group] += _weights[part] * parts[part][_groupsOf is null ? group : _groupsOf[group][part]];
            }
        }

        return values;
    }

    private static CombinedStatistic Of(RowStatistic[] parts, double[] weights)
    {
        if (Array.Exists(parts, part => part.Rows != parts[0].Rows))
        {
            throw new ArgumentException("Statistics that are combined have the same rows.", nameof(parts));
        }

        if (Array.TrueForAll(parts, part => part.GroupOf is null))
        {
            return new CombinedStatistic(parts, weights, null, null);
        }

        // Rows in the same group of every part are one group; parts are joined one by one, by pairs of groups.
        int[] groupOf = [.. Enumerable.Range(0, parts[0].Rows).Select(parts[0].Group)];
        foreach (RowStatistic part in parts.Skip(1))
        {
            var pairs = new Dictionary<(int, int), int>();
            for (int row = 0; row < groupOf.Length; row++)
            {
                (int, int) pair = (groupOf[row], part.Group(row));
                if (!pairs.TryGetValue(pair, out groupOf[row]))
                {
                    pairs[pair] = groupOf[row] = pairs.Count;
                }
            }
        }

        var groups = new int[groupOf.Max() + 1][];
        for (int row = 0; row < groupOf.Length; row++)
        {
            groups[groupOf[row]] ??= [.. parts.Select(part => part.Group(row))];
        }

        // A statistic of few rows keeps the numbering of its parts, in which some groups are empty.
        return new CombinedStatistic(parts, weights, groupOf, [.. groups.Select(g => g ?? new int[parts.Length])]);
    }

    private double ValueOf(int part, ReadOnlySpan<double> counts, int[][] groupsOf)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(_parts[part].Groups);
        Span<double> own = rented.AsSpan(0, _parts[part].Groups);
        own.Clear();
        for (int group = 0; group < groupsOf.Length; group++)
        {
            own[groupsOf[group][part]] += counts[group];
        }

        double value = _parts[part].Value(own);
        ArrayPool<double>.Shared.Return(rented);
        return value;
    }
}
