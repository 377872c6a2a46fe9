namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>Draws rows with replacement and evaluates statistics on what was drawn. The r-th resample is the same for every statistic of as many rows.</summary>
internal static class Resampling
{
    /// <summary>The value of every statistic (first index) on every resample (second index).</summary>
    public static double[][] Values(RowStatistic[] statistics, BootstrapOptions options)
    {
        int rows = statistics[0].Rows;
        if (Array.Exists(statistics, s => s.Rows != rows))
        {
            throw new ArgumentException("Statistics that share resamples have the same rows.", nameof(statistics));
        }

        // Where every row is a group of its own, the counts are the same for all.
        RowStatistic[][] groupings = [.. statistics.GroupBy(s => (object?)s.GroupOf ?? typeof(int)).Select(g => g.ToArray())];
        Dictionary<RowStatistic, double[]> values = statistics.Distinct().ToDictionary(s => s, _ => new double[options.Resamples]);
        Parallel.For(0, options.Resamples, () => new Draw(rows, statistics.Max(s => s.Groups)), (resample, _, draw) =>
        {
            Philox.FillIndices(draw.Indices, rows, options.Seed, (uint)resample);
            foreach (RowStatistic[] alike in groupings)
            {
                ReadOnlySpan<double> counts = draw.Count(alike[0]);
                foreach (RowStatistic statistic in alike)
                {
                    values[statistic][resample] = statistic.Value(counts);
                }
            }

            return draw;
        }, _ => { });
        return [.. statistics.Select(s => values[s])];
    }

    /// <summary>A thread's room for one resample.</summary>
    private sealed class Draw(int rows, int groups)
    {
        // Rows of one group follow each other often, and one counter would wait for itself: they take turns.
        private const int Turns = 4, MostInTurns = 4096;

        private readonly double[] _counts = new double[groups];
        private readonly int[] _turns = new int[groups <= MostInTurns ? Turns * groups : 0];

        public int[] Indices { get; } = new int[rows];

        public ReadOnlySpan<double> Count(RowStatistic statistic)
        {
            Span<double> counts = _counts.AsSpan(0, statistic.Groups);
            counts.Clear();
            if (statistic.GroupOf is { } few && _turns.Length > 0)
            {
                CountInTurns(few, counts);
            }
            else if (statistic.GroupOf is { } groupOf)
            {
                foreach (int row in Indices)
                {
                    counts[groupOf[row]]++;
                }
            }
            else
            {
                foreach (int row in Indices)
                {
                    counts[row]++;
                }
            }

            return counts;
        }

        private void CountInTurns(int[] groupOf, Span<double> counts)
        {
            int groups = counts.Length;
            Span<int> turns = _turns.AsSpan(0, Turns * groups);
            turns.Clear();
            Span<int> first = turns[..groups], second = turns[groups..(2 * groups)], third = turns[(2 * groups)..(3 * groups)], fourth = turns[(3 * groups)..];
            ReadOnlySpan<int> indices = Indices;
            for (; indices.Length >= Turns; indices = indices[Turns..])
            {
                first[groupOf[indices[0]]]++;
                second[groupOf[indices[1]]]++;
                third[groupOf[indices[2]]]++;
                fourth[groupOf[indices[3]]]++;
            }

            foreach (int row in indices)
            {
                first[groupOf[row]]++;
            }

            for (int group = 0; group < groups; group++)
            {
                counts[group] = first[group] + second[group] + third[group] + fourth[group];
            }
        }
    }
}
