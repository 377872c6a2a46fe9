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

    /// <summary>Pairs of rows (not only of questions) that are nearly the same, the earlier row first; empty where nobody asked for them.</summary>
    public IReadOnlyCollection<(int Row, int Other)> Near { get; private init; } = [];

    /// <param name="rows">In an order that does not depend on that of files.</param>
    /// <param name="threshold">Jaccard similarity; 0: nothing is nearly the same.</param>
    /// <param name="pairs">Whether <see cref="Near"/> is wanted; without, rows that are connected already are not compared.</param>
    public static RowClusters Of(IReadOnlyList<PreparedRow> rows, double threshold, bool pairs, CancellationToken cancellation)
    {
        var near = new HashSet<(int, int)>();
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

        if (threshold > 0)
        {
            new NearPairs(rows, questionOnly: false, threshold, cancellation).Visit((row, other) => pairs || !clusters.Joined(row, other), (row, other) =>
            {
                clusters.Join(row, other);
                _ = pairs && near.Add((row, other));
            });
            new NearPairs(rows, questionOnly: true, threshold, cancellation).Visit((row, other) => !clusters.Joined(row, other), clusters.Join);
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

    private bool Joined(int left, int right) => Root(left) == Root(right);

    private int Root(int row)
    {
        while (_parents[row] != row)
        {
            row = _parents[row] = _parents[_parents[row]];
        }

        return row;
    }
}

/// <summary>Pairs of rows that are nearly the same: bands of minwise hashes propose them, the Jaccard similarity of their runs of words decides.</summary>
internal sealed class NearPairs
{
    /// <summary>Rows of one band key that a row is compared with; what more of them share is boilerplate, and connected anyway.</summary>
    private const int PerKey = 64;

    private readonly uint[][] _sets;
    private readonly uint[] _bands;
    private readonly double _threshold;
    private readonly ParallelOptions _parallel;

    public NearPairs(IReadOnlyList<PreparedRow> rows, bool questionOnly, double threshold, CancellationToken cancellation)
    {
        (_sets, _bands, _threshold) = (new uint[rows.Count][], new uint[rows.Count * MinHash.Bands], threshold);
        _parallel = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(0, rows.Count, _parallel, () => (Reader: new RowReader(), Buffer: Array.Empty<byte>()), (i, _, state) =>
        {
            Row row = rows[i].Row;
            _sets[i] = state.Reader.SetOf(row.Source.Read(row.Start, row.Length, ref state.Buffer), row.Layout, questionOnly);
            if (_sets[i].Length > 0)
            {
                MinHash.Write(_sets[i], _bands.AsSpan(i * MinHash.Bands, MinHash.Bands));
            }

            return state;
        }, _ => { });
    }

    /// <summary>Calls <paramref name="found"/> for pairs that are nearly the same, the earlier row first, some more than once; one band after the other, so that only its pairs are in memory.</summary>
    /// <param name="wanted">Whether a pair is worth a comparison.</param>
    public void Visit(Func<int, int, bool> wanted, Action<int, int> found)
    {
        int[] participants = [.. Enumerable.Range(0, _sets.Length).Where(i => _sets[i].Length > 0)];
        ulong[] keys = new ulong[participants.Length];
        var pairs = new List<(int Row, int Other)>();
        for (int band = 0; band < MinHash.Bands; band++)
        {
            _parallel.CancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < keys.Length; i++)
            {
                keys[i] = ((ulong)_bands[(participants[i] * MinHash.Bands) + band] << 32) | (uint)participants[i];
            }

            Array.Sort(keys);
            pairs.Clear();
            for (int i = 1, start = 0; i < keys.Length; i++)
            {
                start = (keys[i] >> 32) == (keys[i - 1] >> 32) ? Math.Max(start, i - PerKey) : i;
                for (int j = start; j < i; j++)
                {
                    if (wanted((int)(uint)keys[j], (int)(uint)keys[i]))
                    {
                        pairs.Add(((int)(uint)keys[j], (int)(uint)keys[i]));
                    }
                }
            }

            Compare(pairs, found);
        }
    }

    private void Compare(List<(int Row, int Other)> pairs, Action<int, int> found)
    {
        bool[] alike = new bool[pairs.Count];
        Parallel.For(0, alike.Length, _parallel, i => alike[i] = Shingles.Jaccard(_sets[pairs[i].Row], _sets[pairs[i].Other]) >= _threshold);
        for (int i = 0; i < alike.Length; i++)
        {
            if (alike[i])
            {
                found(pairs[i].Row, pairs[i].Other);
            }
        }
    }
}
