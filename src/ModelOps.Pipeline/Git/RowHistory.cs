using System.Runtime.CompilerServices;
using LibGit2Sharp;
using ModelOps.Core.Advising;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using Diagnostic = ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Pipeline.Git;

/// <summary>Who did something to a row.</summary>
/// <param name="Commit">The first ten digits; null for what is not committed yet.</param>
public sealed record RowAuthor(string? Commit, string Name, DateTimeOffset When)
{
    public static RowAuthor NotCommitted { get; } = new(null, "", default);

    public override string ToString() => Commit is null ? "not committed yet" : FormattableString.Invariant($"{ForeignText.Clean(Name, 60)}, {Commit}, {When:yyyy-MM-dd}");
}

/// <summary>
/// The dataset files of a project in git's history. Rows are told by their digests, so a reformatted, renamed or split file moves no row, and only
/// commits that changed the project's folder are opened.
/// </summary>
public sealed class RowHistory : IDisposable
{
    private const int MostCommits = 5000, MostChanges = 100;
    private const double DaysPerMonth = 30;
    private static readonly TimeSpan s_looked = TimeSpan.FromDays(183);
    private readonly Repository _repository;
    private readonly string _folder;
    private readonly Dictionary<ObjectId, HashSet<Digest>> _rows = [];

    private RowHistory(Repository repository, string projectDirectory)
    {
        _repository = repository;
        string relative = Path.GetRelativePath(Real(repository.Info.WorkingDirectory), Real(projectDirectory)).Replace(Path.DirectorySeparatorChar, '/');
        _folder = relative == "." ? "" : relative;
    }

    /// <summary>Null where there is no repository, and where there is no libgit2, with a warning.</summary>
    public static RowHistory? TryOpen(string projectDirectory, IStageLog log)
    {
        if (!IsInRepository(projectDirectory))
        {
            return null;
        }

        if (!GitLibrary.IsThere)
        {
            log.Report(GitErrors.NoLibrary());
            return null;
        }

        return Open(projectDirectory);
    }

    /// <summary>The commit that a name stands for; ten digits.</summary>
    /// <exception cref="DiagnosticException">There is none.</exception>
    public string Resolve(string revision) => Find(revision).Sha[..10];

    /// <summary>The project's files as of a commit, for which <paramref name="wanted"/> holds: path relative to the project, and content.</summary>
    public IEnumerable<(string Path, byte[] Content)> FilesAt(string revision, Func<string, bool> wanted)
        => Subtree(Find(revision)) is { } tree ? Blobs(tree, "").Where(b => wanted(b.Path)).Select(b => (b.Path, Bytes(b.Blob))) : [];

    /// <summary>For each row the commit that last brought it into the project's data; those of the working tree alone are not committed yet.</summary>
    public IReadOnlyDictionary<Digest, RowAuthor> WhoAdded(IEnumerable<Digest> rows)
    {
        HashSet<Digest> open = [.. rows];
        var found = new Dictionary<Digest, RowAuthor>();
        foreach (Digest row in open.Where(r => _repository.Head.Tip is not { } tip || !RowsOf(tip).Contains(r)).ToList())
        {
            Settle(row, RowAuthor.NotCommitted);
        }

        Walk(open, (commit, row) => RowsOf(commit).Contains(row) && !commit.Parents.Any(p => RowsOf(p).Contains(row)), Settle);
        return found;

        void Settle(Digest row, RowAuthor author)
        {
            found.Add(row, author);
            open.Remove(row);
        }
    }

    /// <summary>For each row the commit that last took it out of the project's data; rows that are still committed are gone in the working tree only.</summary>
    public IReadOnlyDictionary<Digest, RowAuthor> WhoRemoved(IEnumerable<Digest> rows)
    {
        HashSet<Digest> open = [.. rows];
        var found = new Dictionary<Digest, RowAuthor>();
        foreach (Digest row in open.Where(r => _repository.Head.Tip is { } tip && RowsOf(tip).Contains(r)).ToList())
        {
            Settle(row, RowAuthor.NotCommitted);
        }

        Walk(open, (commit, row) => !RowsOf(commit).Contains(row) && commit.Parents.Any(p => RowsOf(p).Contains(row)), Settle);
        return found;

        void Settle(Digest row, RowAuthor author)
        {
            found.Add(row, author);
            open.Remove(row);
        }
    }

    /// <summary>How much of the rows is replaced in a month, over half a year before the last commit (a hundred commits at most); null where nothing is committed.</summary>
    public RowChanges? Changes()
    {
        if (_repository.Head.Tip is not { } tip)
        {
            return null;
        }

        (double replaced, DateTimeOffset first, int seen) = (0, tip.Author.When, 0);
        foreach (Commit commit in _repository.Commits.QueryBy(new CommitFilter { IncludeReachableFrom = tip, FirstParentOnly = true }).TakeWhile(c => tip.Author.When - c.Author.When <= s_looked))
        {
            Commit? parent = commit.Parents.FirstOrDefault();
            if (Subtree(commit) is null || (parent is not null && Subtree(parent)?.Id == Subtree(commit)!.Id))
            {
                continue;
            }

            HashSet<Digest> before = parent is null ? [] : RowsOf(parent), after = RowsOf(commit);
            replaced += before.Count == 0 ? 0 : (double)before.Count(row => !after.Contains(row)) / before.Count;
            first = commit.Author.When < first ? commit.Author.When : first;
            if (++seen == MostChanges)
            {
                break;
            }
        }

        double days = (tip.Author.When - first).TotalDays;
        return new RowChanges(days > 0 ? replaced / days * DaysPerMonth : 0, days);
    }

    public void Dispose() => _repository.Dispose();

    // Without a repository nobody misses libgit2. A worktree's .git is a file.
    internal static bool IsInRepository(string folder)
    {
        for (string? at = Path.GetFullPath(folder); at is not null; at = Path.GetDirectoryName(at))
        {
            if (Path.Exists(Path.Combine(at, ".git")))
            {
                return true;
            }
        }

        return false;
    }

    // Types of the binding are named here and not above, so that nothing of it loads before the native library is known to be there.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RowHistory? Open(string projectDirectory)
    {
        try
        {
            if (Repository.Discover(projectDirectory) is not { } path)
            {
                return null;
            }

            var repository = new Repository(path);
            if (!repository.Info.IsBare)
            {
                return new RowHistory(repository, projectDirectory);
            }

            repository.Dispose();
            return null;
        }
        catch (LibGit2SharpException)
        {
            return null; // Damaged, or somebody else's: git refuses it, and so do we.
        }
    }

    private void Walk(HashSet<Digest> open, Func<Commit, Digest, bool> didIt, Action<Digest, RowAuthor> settle)
    {
        if (open.Count == 0 || _repository.Head.Tip is not { } tip)
        {
            return;
        }

        var filter = new CommitFilter { IncludeReachableFrom = tip, SortBy = CommitSortStrategies.Topological | CommitSortStrategies.Time };
        foreach (Commit commit in _repository.Commits.QueryBy(filter).Take(MostCommits))
        {
            ObjectId? own = Subtree(commit)?.Id;
            if (commit.Parents.Any() && commit.Parents.All(p => Subtree(p)?.Id == own))
            {
                continue;
            }

            foreach (Digest row in open.Where(r => didIt(commit, r)).ToList())
            {
                settle(row, new RowAuthor(commit.Sha[..10], commit.Author.Name, commit.Author.When));
            }

            if (open.Count == 0)
            {
                return;
            }
        }
    }

    private Commit Find(string revision)
    {
        try
        {
            return _repository.Lookup<Commit>(revision) ?? throw GitErrors.UnknownRevision(revision, _repository.Info.WorkingDirectory);
        }
        catch (LibGit2SharpException)
        {
            throw GitErrors.UnknownRevision(revision, _repository.Info.WorkingDirectory);
        }
    }

    private Tree? Subtree(Commit commit) => _folder.Length == 0 ? commit.Tree : commit[_folder]?.Target as Tree;

    private static IEnumerable<(string Path, Blob Blob)> Blobs(Tree tree, string prefix) => tree.SelectMany(entry => entry.TargetType switch
    {
        TreeEntryTargetType.Tree => Blobs((Tree)entry.Target, $"{prefix}{entry.Name}/"),
        TreeEntryTargetType.Blob => [($"{prefix}{entry.Name}", (Blob)entry.Target)],
        _ => [],
    });

    /// <summary>All rows of the project's JSON Lines files as of a commit.</summary>
    private HashSet<Digest> RowsOf(Commit commit)
    {
        if (Subtree(commit) is not { } tree)
        {
            return [];
        }

        if (!_rows.TryGetValue(tree.Id, out HashSet<Digest>? rows))
        {
            rows = [.. Blobs(tree, "").Where(b => b.Path.EndsWith(".jsonl", StringComparison.Ordinal)).SelectMany(b => RowsOf(b.Blob))];
            _rows.Add(tree.Id, rows);
        }

        return rows;
    }

    private HashSet<Digest> RowsOf(Blob blob)
    {
        if (!_rows.TryGetValue(blob.Id, out HashSet<Digest>? rows))
        {
            rows = [.. RowText.Read(Bytes(blob)).Select(r => r.Id)];
            _rows.Add(blob.Id, rows);
        }

        return rows;
    }

    private static byte[] Bytes(Blob blob)
    {
        using Stream content = blob.GetContentStream();
        using var all = new MemoryStream();
        content.CopyTo(all);
        return all.ToArray();
    }

    // A temporary folder may be a link (macOS); git names the real one.
    internal static string Real(string folder) => new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(folder);
}
