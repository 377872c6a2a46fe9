using LibGit2Sharp;
using ModelOps.Core.Advising;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Comparing;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Git;

namespace ModelOps.Pipeline.Tests.Git;

/// <summary>Every call of LibGit2Sharp that the product makes, against the system's libgit2; skipped where there is none.</summary>
public sealed class RowHistoryTests : IDisposable
{
    private const string Data = "models/triage/data/train/a.jsonl";
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();

    private string Project => _folder["models/triage"];

    public void Dispose()
    {
        // Git's objects are read-only.
        foreach (string file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            File.SetAttributes(file, FileAttributes.Normal);
        }

        _folder.Dispose();
    }

    [FactWithGit]
    public void A_row_belongs_to_who_brought_it_in_and_a_reformat_changes_no_author()
    {
        using Repository repository = Init();
        Write(Row("one"), Row("two"));
        Commit(repository, "Ann", "first");
        Write(Row("one"), Row("two"), Row("three"));
        string second = Commit(repository, "Ben", "a row more");

        // Another order, other white space, another file: nobody's rows.
        File.Delete(_folder[Data]);
        _folder.Write("models/triage/data/train/b.jsonl", Row("three").Replace(":", " : ", StringComparison.Ordinal) + "\n" + Row("one") + "\n" + Row("two") + "\n");
        Commit(repository, "Cat", "reformat");
        _folder.Write("notes.txt", "beside the project");
        Commit(repository, "Dan", "notes");
        _folder.Write("models/triage/data/train/c.jsonl", Row("four") + "\n");

        using RowHistory history = RowHistory.TryOpen(Project, _log)!;
        IReadOnlyDictionary<Digest, RowAuthor> who = history.WhoAdded([Id("one"), Id("three"), Id("four")]);

        Assert.Equal("Ann", who[Id("one")].Name);
        Assert.Equal(("Ben", second[..10]), (who[Id("three")].Name, who[Id("three")].Commit));
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), who[Id("three")].When);
        Assert.Equal("not committed yet", who[Id("four")].ToString());
        Assert.Equal($"Ben, {second[..10]}, 2026-03-02", who[Id("three")].ToString());
        Assert.Empty(_log.Diagnostics);
    }

    [FactWithGit]
    public void A_row_that_is_gone_belongs_to_who_took_it_out()
    {
        using Repository repository = Init();
        Write(Row("one"), Row("two"));
        Commit(repository, "Ann", "first");
        Write(Row("one"));
        Commit(repository, "Ben", "a row less");
        File.WriteAllText(_folder[Data], "");

        using RowHistory history = RowHistory.TryOpen(Project, _log)!;
        IReadOnlyDictionary<Digest, RowAuthor> who = history.WhoRemoved([Id("one"), Id("two"), Id("never there")]);

        Assert.Equal(("Ben", "not committed yet", 2), (who[Id("two")].Name, who[Id("one")].ToString(), who.Count));
    }

    [FactWithGit]
    public void A_merge_keeps_the_authors_of_both_sides()
    {
        using Repository repository = Init();
        Write(Row("one"));
        Commit(repository, "Ann", "first");
        Branch side = repository.CreateBranch("side");
        string main = repository.Head.FriendlyName;
        Write(Row("one"), Row("of main"));
        Commit(repository, "Ben", "main");
        Commands.Checkout(repository, side);
        _folder.Write("models/triage/data/train/side.jsonl", Row("of side") + "\n");
        Commit(repository, "Cat", "side");
        Commands.Checkout(repository, main);
        repository.Merge(repository.Branches["side"], Who("Dan", 9));

        using RowHistory history = RowHistory.TryOpen(Project, _log)!;
        IReadOnlyDictionary<Digest, RowAuthor> who = history.WhoAdded([Id("one"), Id("of main"), Id("of side")]);

        Assert.Equal(["Ann", "Ben", "Cat"], [who[Id("one")].Name, who[Id("of main")].Name, who[Id("of side")].Name]);
    }

    [FactWithGit]
    public void Commits_are_compared_row_by_row()
    {
        using Repository repository = Init();
        Write(Row("Does it come on Monday or on Tuesday please?"), Row("two"));
        string first = Commit(repository, "Ann", "first");
        Write(Row("Does it come on Monday or on Friday please?"), Row("two"), Row("entirely new things are asked here"));
        Commit(repository, "Ben", "edit");

        using RowHistory history = RowHistory.TryOpen(Project, _log)!;
        var snapshots = new Snapshots(Project, new StageFiles(_folder["models/triage/obj/modelops"]), _folder["store"], history);
        Comparison comparison = Comparison.Of(snapshots.Find(first[..12]), snapshots.Find("HEAD"), new Dictionary<Digest, string>(), history);

        Assert.Equal("1 row added, 1 changed in data/train/a.jsonl (first: line 1)", Assert.Single(comparison.RowChanges).ToString());
        string[] lines = [.. comparison.Rows.SelectMany(r => r.Lines())];
        Assert.StartsWith("~ data/train/a.jsonl(1)  Ben, ", lines[0], StringComparison.Ordinal);
        Assert.Contains("[-Tuesday-]{+Friday+}", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("+ data/train/a.jsonl(3)  Ben, ", lines[2], StringComparison.Ordinal);
        Assert.Equal("MOPS2116", Assert.Throws<DiagnosticException>(() => snapshots.Find("no-such-branch")).Diagnostic.Code);
        Assert.Empty(Comparison.Of(snapshots.Find("HEAD"), snapshots.Find("HEAD"), new Dictionary<Digest, string>(), history).RowChanges);
    }

    [FactWithGit]
    public void What_is_replaced_in_a_month_is_counted_and_what_only_comes_in_is_not()
    {
        using Repository repository = Init();
        Write(Row("one"), Row("two"), Row("three"), Row("four"));
        Commit(repository, "Ann", "first");
        Write(Row("four"), Row("three"), Row("two"), Row("one"), Row("five"));
        Commit(repository, "Ben", "another order, a row more");
        Write(Row("one"), Row("two"), Row("three"), Row("four"), Row("six"));
        Commit(repository, "Cat", "a fifth is new");

        using RowHistory history = RowHistory.TryOpen(Project, _log)!;
        RowChanges changes = history.Changes()!;

        // A commit a day: one row of five in two days.
        Assert.Equal(2, changes.Days, 6);
        Assert.Equal(0.2 / 2 * 30, changes.ReplacedPerMonth, 6);
    }

    [FactWithGit]
    public void Worktrees_and_empty_repositories_and_none_at_all()
    {
        Assert.Null(RowHistory.TryOpen(Directory.CreateDirectory(Project).FullName, _log));
        using Repository repository = Init();
        Write(Row("one"));
        using (RowHistory empty = RowHistory.TryOpen(Project, _log)!)
        {
            Assert.Equal("not committed yet", empty.WhoAdded([Id("one")])[Id("one")].ToString());
            Assert.Empty(empty.WhoRemoved([Id("one")]));
        }

        string sha = Commit(repository, "Ann", "first");

        // A linked worktree, as `git worktree add` lays it out.
        _folder.Write(".git/worktrees/other/HEAD", sha + "\n");
        _folder.Write(".git/worktrees/other/commondir", "../..\n");
        _folder.Write(".git/worktrees/other/gitdir", _folder["other/.git"] + "\n");
        _folder.Write("other/.git", $"gitdir: {_folder[".git/worktrees/other"]}\n");
        _folder.Write("other/" + Data, Row("one") + "\n");
        using RowHistory history = RowHistory.TryOpen(_folder["other/models/triage"], _log)!;
        Assert.Equal("Ann", history.WhoAdded([Id("one")])[Id("one")].Name);
        Assert.Empty(_log.Diagnostics);
    }

    private static string Row(string question) => $$"""{"messages":[{"role":"user","content":"{{question}}"},{"role":"assistant","content":"yes"}]}""";

    private Digest Id(string question)
    {
        string path = _folder.Write($"rows-{Guid.NewGuid():n}.tmp", Row(question));
        return DatasetReader.Read([path], DatasetKind.Training, _log, CancellationToken.None)!.Rows[0].Id;
    }

    private Repository Init() => new(Repository.Init(_folder.Path));

    private void Write(params string[] rows) => _folder.Write(Data, string.Concat(rows.Select(r => r + "\n")));

    private string Commit(Repository repository, string name, string message)
    {
        Commands.Stage(repository, "models");
        if (File.Exists(_folder["notes.txt"]))
        {
            Commands.Stage(repository, "notes.txt");
        }

        Signature who = Who(name, 1 + repository.Commits.Count());
        return repository.Commit(message, who, who).Sha;
    }

    private static Signature Who(string name, int day) => new(name, $"{name}@example.org", new DateTimeOffset(2026, 3, day, 0, 0, 0, TimeSpan.Zero));
}

/// <summary>Skips visibly where there is no libgit2.</summary>
public sealed class FactWithGitAttribute : FactAttribute
{
    public FactWithGitAttribute()
    {
        if (!GitLibrary.IsThere)
        {
            Skip = "libgit2 is not on this machine.";
        }
    }
}
