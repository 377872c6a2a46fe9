using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>A set of prepared rows.</summary>
/// <param name="Clusters">How many clusters were split; what a source pins is none.</param>
/// <param name="Copies">Lines that stand there once more because of a weight.</param>
/// <param name="LeftOut">Rows that a weight below 1 left out.</param>
public sealed record PreparedSet(DatasetKind Kind, IReadOnlyList<PreparedLine> Lines, int Clusters, int Copies, int LeftOut);

/// <summary>What preparation made of the sources.</summary>
public sealed class PreparedSets
{
    /// <summary>Share of all rows from which one cluster is worth a warning, and rows below which nothing is said.</summary>
    private const double LargeCluster = 0.5;

    private const int FewRows = 20;

    private readonly List<(DatasetKind Kind, PreparedRow Row)> _kept = [];
    private readonly Dictionary<DatasetKind, int> _clusters = [];
    private readonly List<DroppedRecord> _repeats = [];
    private readonly List<(PreparedRow, DatasetKind)> _placed = [];
    private IReadOnlyList<PreparedRow> _largest = [];
    private int _pool;

    internal PreparedSets(PreparationRequest request, IReadOnlyList<SourceResult> sources) => (Request, Sources) = (request, sources);

    public PreparationRequest Request { get; }

    public IReadOnlyList<SourceResult> Sources { get; }

    /// <summary>The sets that have rows, training first.</summary>
    public IReadOnlyList<PreparedSet> Sets { get; private set; } = [];

    /// <summary>Rows that say what another one says, and were dropped.</summary>
    public IReadOnlyList<DroppedRecord> Repeats => _repeats;

    /// <summary>Rows of the largest cluster.</summary>
    public int LargestCluster => _largest.Count;

    /// <summary>Where every row that was split is, dropped repetitions included.</summary>
    public IReadOnlyList<(PreparedRow Row, DatasetKind Kind)> Placed => _placed;

    internal void Add(DatasetKind kind, IReadOnlyList<(PreparedRow Row, bool Repeats)> rows, bool split = true)
    {
        foreach ((PreparedRow row, bool repeats) in rows)
        {
            if (repeats)
            {
                _repeats.Add(new DroppedRecord(row.Source, row.Record.Line, $"Deduplicate {Request.Deduplicate}", ForeignText.Clean(row.Row.LastUserMessage, 80)));
            }
            else
            {
                _kept.Add((kind, row));
            }
        }

        if (split)
        {
            _placed.AddRange(rows.Select(r => (r.Row, kind)));
            _clusters[kind] = _clusters.GetValueOrDefault(kind) + 1;
            _pool += rows.Count;
            _largest = rows.Count > _largest.Count ? [.. rows.Select(r => r.Row)] : _largest;
        }
    }

    /// <summary>False when nothing is left to train on, which is reported.</summary>
    internal bool Finish(IStageLog log)
    {
        var sets = new List<PreparedSet>();
        foreach (IGrouping<DatasetKind, PreparedRow> set in _kept.GroupBy(k => k.Kind, k => k.Row).OrderBy(g => g.Key))
        {
            PreparedLine[] lines = [.. set.OrderBy(r => r.Row.Id).ThenBy(r => r.Line, LineOrder).ThenBy(r => r.Source.Name, StringComparer.Ordinal).ThenBy(r => r.Record.Start)
                .SelectMany(r => Weighed(r, set.Key))];
            int copies = lines.Count(l => l.Copy);
            sets.Add(new PreparedSet(set.Key, lines, _clusters.GetValueOrDefault(set.Key), copies, set.Count() - (lines.Length - copies)));
        }

        Sets = [.. sets.Where(s => s.Lines.Count > 0)];
        if (_pool >= FewRows && _largest.Count > LargeCluster * _pool)
        {
            log.Report(PreparationErrors.OneCluster(Request.Project, _largest.Count, _pool, _largest[0].Location));
        }

        int records = Sources.Sum(s => s.Records);
        if (Sets.All(s => s.Kind != DatasetKind.Training) && Sources.Any(s => s.Source.Set is null or DatasetKind.Training))
        {
            var most = Sources.SelectMany(s => s.Dropped).Concat(_repeats).GroupBy(d => d.Rule, StringComparer.Ordinal).MaxBy(g => g.Count());
            log.Report(PreparationErrors.NothingLeft(Request.Project, records, most is null ? "" : $"the rule '{most.Key}' dropped {most.Count()}"));
            return false;
        }

        return true;
    }

    internal static IComparer<ReadOnlyMemory<byte>> LineOrder { get; } = Comparer<ReadOnlyMemory<byte>>.Create((x, y) => x.Span.SequenceCompareTo(y.Span));

    // Whole numbers are so many lines; of the rest, the row's own number says whether there is one more. So no other row has a say, and adding rows changes nothing for the others.
    private IEnumerable<PreparedLine> Weighed(PreparedRow row, DatasetKind kind)
    {
        decimal weight = kind == DatasetKind.Training ? row.Source.Weight : 1, whole = decimal.Floor(weight);
        int count = (int)whole + (weight > whole && DataSplit.Share(Request.Seed, "weight", row.Row.Id.Hex) < weight - whole ? 1 : 0);
        for (int i = 0; i < count; i++)
        {
            yield return new PreparedLine(row, i > 0);
        }
    }
}
