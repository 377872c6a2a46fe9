using System.Collections.Concurrent;

namespace ModelOps.Core.Data;

/// <summary>Finds for each row the first earlier row that it resembles: bands of minwise hashes propose pairs, the Jaccard similarity of the rows decides.</summary>
internal static class NearDuplicates
{
    /// <summary>Earlier rows of one band key that a row is compared with.</summary>
    private const int PerKey = 64;

    /// <param name="rows">In the order of files and lines.</param>
    /// <param name="skip">Rows that are known to repeat another.</param>
    public static IReadOnlyList<(int Row, int Earlier, double Likeness)> Find(Row[] rows, bool[] skip, double threshold)
    {
        int[] participants = [.. Enumerable.Range(0, rows.Length).Where(i => !skip[i] && rows[i].Bands is var bands && bands.ContainsAnyExcept(0u))];
        ulong[] pairs = Candidates(rows, participants);
        var found = new ConcurrentBag<(int Row, int Earlier, double Likeness)>();
        int[] starts = [.. Enumerable.Range(0, pairs.Length).Where(i => i == 0 || (pairs[i] >> 32) != (pairs[i - 1] >> 32))];
        Parallel.ForEach(starts, () => new Comparison(rows), (start, _, comparison) =>
        {
            int row = (int)(pairs[start] >> 32);
            for (int i = start; i < pairs.Length && (int)(pairs[i] >> 32) == row; i++)
            {
                int earlier = (int)(uint)pairs[i];
                if (comparison.Likeness(row, earlier) is var likeness && likeness >= threshold)
                {
                    found.Add((row, earlier, likeness));
                    break;
                }
            }

            return comparison;
        }, _ => { });
        return [.. found.OrderBy(f => f.Row)];
    }

    // Each pair once, the later row in the upper half, in order.
    private static ulong[] Candidates(Row[] rows, int[] participants)
    {
        var all = new List<ulong>();
        Parallel.For(0, MinHash.Bands, new ParallelOptions { MaxDegreeOfParallelism = 2 }, () => (Pairs: new List<ulong>(), Keys: new ulong[participants.Length]), (band, _, state) =>
        {
            (List<ulong> pairs, ulong[] keys) = state;
            for (int i = 0; i < keys.Length; i++)
            {
                keys[i] = ((ulong)rows[participants[i]].Bands[band] << 32) | (uint)participants[i];
            }

            Array.Sort(keys);
            for (int i = 1, start = 0; i < keys.Length; i++)
            {
                start = (keys[i] >> 32) == (keys[i - 1] >> 32) ? Math.Max(start, i - PerKey) : i;
                for (int j = start; j < i; j++)
                {
                    pairs.Add((keys[i] << 32) | (uint)keys[j]);
                }
            }

            return state;
        }, state =>
        {
            lock (all)
            {
                all.AddRange(state.Pairs);
            }
        });
        all.Sort();
        return [.. all.Where((pair, i) => i == 0 || pair != all[i - 1])];
    }

    /// <summary>The sets of rows, a few of them kept: what is compared is often compared again.</summary>
    private sealed class Comparison(Row[] rows)
    {
        private const int Kept = 2_000;
        private readonly RowReader _reader = new();
        private readonly Dictionary<int, uint[]> _sets = [];
        private byte[] _buffer = [];

        public double Likeness(int left, int right) => Shingles.Jaccard(SetOf(left), SetOf(right));

        private uint[] SetOf(int index)
        {
            if (_sets.TryGetValue(index, out uint[]? set))
            {
                return set;
            }

            if (_sets.Count == Kept)
            {
                _sets.Clear();
            }

            Row row = rows[index];
            return _sets[index] = _reader.SetOf(row.Source.Read(row.Start, row.Length, ref _buffer), row.Layout, questionOnly: false);
        }
    }
}
