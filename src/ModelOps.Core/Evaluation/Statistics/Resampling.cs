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
        private readonly double[] _counts = new double[groups];

        public int[] Indices { get; } = new int[rows];

        public ReadOnlySpan<double> Count(RowStatistic statistic)
        {
            Span<double> counts = _counts.AsSpan(0, statistic.Groups);
            counts.Clear();
            if (statistic.GroupOf is { } groupOf)
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
    }
}
