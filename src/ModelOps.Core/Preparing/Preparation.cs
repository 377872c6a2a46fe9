using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>Which rows that say the same are kept once.</summary>
public enum Deduplication
{
    None,

    /// <summary>The same messages.</summary>
    Exact,

    /// <summary>Nearly the same rows as well.</summary>
    Near,
}

/// <summary>What is to be prepared, and how.</summary>
/// <param name="Project">For messages about no source in particular.</param>
public sealed record PreparationRequest(string Project, IReadOnlyList<SourceSpec> Sources)
{
    /// <summary>Raised when the same sources and settings would give other rows.</summary>
    public const int Version = 1;

    public IReadOnlyList<RowRule> Rules { get; init; } = [];

    public DataSplit Split { get; init; } = DataSplit.Default;

    public ulong Seed { get; init; } = 42;

    public Deduplication Deduplicate { get; init; } = Deduplication.Exact;

    /// <summary>Jaccard similarity from which rows, and questions, belong together; 0: only equal ones.</summary>
    public double NearDuplicates { get; init; } = 0.8;

    /// <summary>Where rows are that were split before; null: nothing is recorded.</summary>
    public SplitLock? Lock { get; init; }

    /// <summary>A folder for what does not fit into memory; null: the system's.</summary>
    public string? SpillFolder { get; init; }
}

/// <summary>
/// Raw sources become training, validation and evaluation rows: read and converted, filtered by rules that see one row, gathered into clusters that must not be torn apart, split by the clusters' names,
/// freed of repetitions inside each set, and weighed. A function of the sources' content and the request: neither the order of files nor that of records has a part in it.
/// </summary>
public static class Preparation
{
    /// <summary>Null when errors were reported.</summary>
    public static PreparedSets? Run(PreparationRequest request, IStageLog log, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var problems = new ProblemList();
        var reader = new SourceReader(request.Rules, new RowSpill(request.SpillFolder, 64L << 20), problems, cancellation);
        var sources = new List<SourceResult>();
        foreach ((int index, SourceSpec source) in request.Sources.OrderBy(s => s.Name, StringComparer.Ordinal).Index())
        {
            if (reader.Read(source, index) is { } read)
            {
                sources.Add(read);
            }
        }

        if (problems.Count > 0)
        {
            problems.Report(log, (more, all) => DataErrors.MoreProblems(more, all.Skip(ProblemList.Shown).Select(d => d.Location?.File).Distinct(StringComparer.Ordinal).Count()));
            return null;
        }

        return Split(request, sources, log, cancellation);
    }

    private static PreparedSets? Split(PreparationRequest request, List<SourceResult> sources, IStageLog log, CancellationToken cancellation)
    {
        PreparedRow[] all = [.. sources.SelectMany(s => s.Rows)];
        PreparedRow[] pool = Ordered(all.Where(r => r.Source.Set is null));
        var sets = new PreparedSets(request, sources);
        var clusters = RowClusters.Of(pool, request.NearDuplicates, request.Deduplicate == Deduplication.Near, cancellation);
        bool[] repeats = Repeats(pool, clusters, request.Deduplicate);
        foreach (IReadOnlyList<int> cluster in clusters.All())
        {
            if (SideOf(request, [.. cluster.Select(i => pool[i])], log) is not { } side)
            {
                return null;
            }

            sets.Add(side, [.. cluster.Select(i => (pool[i], repeats[i]))]);
        }

        foreach (IGrouping<DatasetKind, PreparedRow> pinned in all.Where(r => r.Source.Set is not null).GroupBy(r => r.Source.Set!.Value))
        {
            PreparedRow[] rows = Ordered(pinned);
            bool[] same = pinned.Key == DatasetKind.Training ? Repeats(rows, RowClusters.Of(rows, request.Deduplicate == Deduplication.Near ? request.NearDuplicates : 0, pairs: true, cancellation), request.Deduplicate) : new bool[rows.Length];
            sets.Add(pinned.Key, [.. rows.Select((r, i) => (r, same[i]))], split: false);
        }

        return sets.Finish(log) ? sets : null;
    }

    private static PreparedRow[] Ordered(IEnumerable<PreparedRow> rows)
        => [.. rows.OrderBy(r => r.Row.Id).ThenBy(r => r.Line, PreparedSets.LineOrder).ThenBy(r => r.Source.Name, StringComparer.Ordinal).ThenBy(r => r.Record.Start)];

    /// <summary>A cluster is called after its least group, or, where it has none, its least question. What split.lock knows stays where it is.</summary>
    private static DatasetKind? SideOf(PreparationRequest request, PreparedRow[] cluster, IStageLog log)
    {
        (PreparedRow Row, DatasetKind Side)? known = null;
        foreach (PreparedRow row in cluster)
        {
            if (request.Lock?.SideOf(row) is { } side)
            {
                known ??= (row, side);
                if (known.Value.Side != side)
                {
                    log.Report(PreparationErrors.LockConflict(row.Location, known.Value.Row.Location, known.Value.Side.Folder(), row.Location, side.Folder()));
                    return null;
                }
            }
        }

        string name = cluster.Where(r => r.Group is not null).Select(r => $"group {r.Source.Group}\n{r.Group}").Min(StringComparer.Ordinal) ?? cluster.Select(r => r.QuestionKey).Min(StringComparer.Ordinal)!;
        return known?.Side ?? request.Split.SideOf(request.Seed, name);
    }

    // The first of rows that say the same stays. Nearly the same is a row as one that stays, not as one that was dropped itself.
    private static bool[] Repeats(PreparedRow[] rows, RowClusters clusters, Deduplication deduplicate)
    {
        bool[] repeats = new bool[rows.Length];
        if (deduplicate == Deduplication.None)
        {
            return repeats;
        }

        var said = new HashSet<Artifacts.Digest>();
        ILookup<int, int> earlier = (deduplicate == Deduplication.Near ? clusters.Near : []).ToLookup(p => Math.Max(p.Row, p.Other), p => Math.Min(p.Row, p.Other));
        for (int i = 0; i < rows.Length; i++)
        {
            repeats[i] = !said.Add(rows[i].Content) || earlier[i].Any(e => !repeats[e]);
        }

        return repeats;
    }}
