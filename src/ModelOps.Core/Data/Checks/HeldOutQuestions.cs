using System.Runtime.InteropServices;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>
/// The questions of rows that judge, so that rows that are learned can be compared with them while they are read. Bands propose, Jaccard decides; a question that is
/// the same but for case and white space is <see cref="Leakage"/>'s.
/// </summary>
internal sealed class HeldOutQuestions
{
    /// <summary>Held-out questions of one band key that a learned one is compared with: boilerplate that thousands share proves nothing about one of them.</summary>
    private const int PerKey = 256;

    private readonly double _threshold;
    private readonly Dictionary<ulong, List<int>> _keys = [];
    private readonly List<Question> _questions = [];

    private HeldOutQuestions(double threshold) => _threshold = threshold;

    /// <summary>Null where nothing is held out or near duplicates are not looked for.</summary>
    public static HeldOutQuestions? Of(IEnumerable<Dataset> judged, double threshold)
    {
        var held = new HeldOutQuestions(threshold);
        if (threshold <= 0)
        {
            return null;
        }

        var reader = new RowReader();
        byte[] buffer = [];
        foreach (Dataset set in judged)
        {
            foreach (Row row in set.Rows)
            {
                held.Add(set.Kind, row, reader, ref buffer);
            }
        }

        return held._questions.Count > 0 ? held : null;
    }

    public Probe NewProbe() => new(this);

    /// <summary>Reports every held-out question that a learned one resembles, with the one that it resembles most.</summary>
    public void Report(DatasetKind learned, Findings findings)
    {
        foreach (Question question in _questions)
        {
            if (question.Nearest is { } nearest)
            {
                findings.Add(DataFindings.NearLeakage(question.Row.Location, nearest.Location, question.Kind, learned, question.Likeness), question.Row.Order);
                (question.Nearest, question.Likeness) = (null, 0);
            }
        }
    }

    private void Add(DatasetKind kind, Row row, RowReader reader, ref byte[] buffer)
    {
        uint[] shingles = reader.SetOf(row.Source.Read(row.Start, row.Length, ref buffer), row.Layout, questionOnly: true);
        if (shingles.Length == 0)
        {
            return;
        }

        _questions.Add(new Question(kind, row, row.Facts.Question, shingles));
        Span<uint> bands = stackalloc uint[MinHash.Bands];
        MinHash.Write(shingles, bands);
        for (int band = 0; band < bands.Length; band++)
        {
            ref List<int>? list = ref CollectionsMarshal.GetValueRefOrAddDefault(_keys, ((ulong)band << 32) | bands[band], out _);
            list ??= [];
            if (list.Count < PerKey)
            {
                list.Add(_questions.Count - 1);
            }
        }
    }

    /// <summary>Compares learned rows; one per thread.</summary>
    internal sealed class Probe(HeldOutQuestions held)
    {
        private readonly HashSet<int> _candidates = [];

        public void Look(Row row, in RowFacts facts, ReadOnlySpan<uint> shingles)
        {
            if (shingles.IsEmpty)
            {
                return;
            }

            Span<uint> bands = stackalloc uint[MinHash.Bands];
            MinHash.Write(shingles, bands);
            _candidates.Clear();
            for (int band = 0; band < bands.Length; band++)
            {
                if (held._keys.TryGetValue(((ulong)band << 32) | bands[band], out List<int>? list))
                {
                    _candidates.UnionWith(list);
                }
            }

            if (_candidates.Count == 0)
            {
                return;
            }

            uint[] set = Unique(shingles);
            foreach (int candidate in _candidates)
            {
                Question question = held._questions[candidate];
                if (question.Hash != facts.Question && Shingles.Jaccard(question.Shingles, set) is var likeness && likeness >= held._threshold)
                {
                    question.Take(row, likeness);
                }
            }
        }

        private static uint[] Unique(ReadOnlySpan<uint> shingles)
        {
            uint[] set = shingles.ToArray();
            Array.Sort(set);
            return [.. set.Where((s, i) => i == 0 || s != set[i - 1])];
        }
    }

    private sealed class Question(DatasetKind kind, Row row, UInt128 hash, uint[] shingles)
    {
        public DatasetKind Kind => kind;

        public Row Row => row;

        public UInt128 Hash => hash;

        public uint[] Shingles => shingles;

        public Row? Nearest { get; set; }

        public double Likeness { get; set; }

        /// <summary>Keeps the row that resembles it most, of equal ones the first, whatever the order of the threads.</summary>
        public void Take(Row other, double likeness)
        {
            lock (this)
            {
                if (Nearest is null || likeness > Likeness || (likeness == Likeness && other.Order < Nearest.Order))
                {
                    (Nearest, Likeness) = (other, likeness);
                }
            }
        }
    }
}
