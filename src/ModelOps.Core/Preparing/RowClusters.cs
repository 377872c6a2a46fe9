using ModelOps.Core.Data;

namespace ModelOps.Core.Preparing;

/// <summary>
/// What must not be torn apart: rows of one group, rows with the same question but for case and white space, and rows or questions that are nearly the same. A cluster is whatever is
/// connected by these, over any number of steps.
/// </summary>
internal sealed class RowClusters
{
    private readonly int[] _parents;

    private RowClusters(int rows) => _parents = [.. Enumerable.Range(0, rows)];

    /// <summary>Pairs of rows (not only of questions) that are nearly the same, the earlier row first.</summary>
    public IReadOnlyList<(int Row, int Other)> Near { get; private init; } = [];

    /// <param name="rows">In an order that does not depend on that of files.</param>
    /// <param name="threshold">Jaccard similarity; 0: nothing is nearly the same.</param>
    public static RowClusters Of(IReadOnlyList<PreparedRow> rows, double threshold, CancellationToken cancellation)
    {
        IReadOnlyList<(int, int)> near = threshold > 0 ? NearPairs.Find(rows, questionOnly: false, threshold, cancellation) : [];
        var clusters = new RowClusters(rows.Count) { Near = near };
        var questions = new Dictionary<UInt128, int>();
        var groups = new Dictionary<(string, string), int>();
        for (int i = 0; i < rows.Count; i++)
        {
            clusters.Join(i, questions.TryAdd(rows[i].Facts.Question, i) ? i : questions[rows[i].Facts.Question]);
            if (rows[i].Group is { } group)
            {
                (string, string) key = (rows[i].Source.Group!, group);
                clusters.Join(i, groups.TryAdd(key, i) ? i : groups[key]);
            }
        }

        foreach ((int row, int other) in threshold > 0 ? near.Concat(NearPairs.Find(rows, questionOnly: true, threshold, cancellation)) : near)
        {
            clusters.Join(row, other);
        }

        return clusters;
    }

    /// <summary>The rows of each cluster, each in order, the clusters by their first row.</summary>
    public IReadOnlyList<IReadOnlyList<int>> All()
    {
        var all = new List<List<int>>();
        var index = new Dictionary<int, int>();
        for (int i = 0; i < _parents.Length; i++)
        {
            if (index.TryAdd(Root(i), all.Count))
            {
                all.Add([]);
            }

            all[index[Root(i)]].Add(i);
        }

        return all;
    }

    private void Join(int left, int right)
    {
        (left, right) = (Root(left), Root(right));
        _parents[Math.Max(left, right)] = Math.Min(left, right);
    }

    private int Root(int row)
    {
        while (_parents[row] != row)
        {
            row = _parents[row] = _parents[_parents[row]];
        }

        return row;
    }
}

/// <summary>All pairs of rows that are nearly the same: bands of minwise hashes propose them, the Jaccard similarity of their runs of words decides.</summary>
internal static class NearPairs
{
    /// <summary>Rows of one band key that a row is compared with; what more of them share is boilerplate, and connected anyway.</summary>
    private const int PerKey = 64;

    public static IReadOnlyList<(int Row, int Other)> Find(IReadOnlyList<PreparedRow> rows, bool questionOnly, double threshold, CancellationToken cancellation)
    {
        uint[][] sets = new uint[rows.Count][];
        uint[] bands = new uint[rows.Count * MinHash.Bands];
        var parallel = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(0, rows.Count, parallel, () => (Reader: new RowReader(), Buffer: Array.Empty<byte>()), (i, _, state) =>
        {
            Row row = rows[i].Row;
            sets[i] = state.Reader.SetOf(row.Source.Read(row.Start, row.Length, ref state.Buffer), row.Layout, questionOnly);
            if (sets[i].Length > 0)
            {
                MinHash.Write(sets[i], bands.AsSpan(i * MinHash.Bands, MinHash.Bands));
            }

            return state;
        }, _ => { });
        (int Row, int Other)[] candidates = Candidates(bands, sets);
        bool[] alike = new bool[candidates.Length];
        Parallel.For(0, candidates.Length, parallel, i => alike[i] = Shingles.Jaccard(sets[candidates[i].Row], sets[candidates[i].Other]) >= threshold);
        return [.. candidates.Where((_, i) => alike[i])];
    }

    private static (int Row, int Other)[] Candidates(uint[] bands, uint[][] sets)
    {
        var pairs = new HashSet<ulong>();
        int[] participants = [.. Enumerable.Range(0, sets.Length).Where(i => sets[i].Length > 0)];
        ulong[] keys = new ulong[participants.Length];
        for (int band = 0; band < MinHash.Bands; band++)
        {
            for (int i = 0; i < keys.Length; i++)
            {
                keys[i] = ((ulong)bands[(participants[i] * MinHash.Bands) + band] << 32) | (uint)participants[i];
            }

            Array.Sort(keys);
            for (int i = 1, start = 0; i < keys.Length; i++)
            {
                start = (keys[i] >> 32) == (keys[i - 1] >> 32) ? Math.Max(start, i - PerKey) : i;
                for (int j = start; j < i; j++)
                {
                    pairs.Add((keys[j] << 32) | (uint)keys[i]);
                }
            }
        }

        ulong[] ordered = [.. pairs];
        Array.Sort(ordered);
        return [.. ordered.Select(p => ((int)(p >> 32), (int)(uint)p))];
    }
}
