using LibGit2Sharp;
using ModelOps.Core.Lineage;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Git;

namespace ModelOps.Pipeline.Tests.Git;

/// <summary>At which commit the inputs are, and whether they differ from it: against the system's libgit2.</summary>
public sealed class InputStateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose()
    {
        foreach (string file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            File.SetAttributes(file, FileAttributes.Normal);
        }

        _folder.Dispose();
    }

    [FactWithGit]
    public void Only_inputs_make_it_dirty_and_two_clones_agree()
    {
        string commit = Commit("first");
        Assert.Equal(new SourceState(commit, Dirty: false), Look());
        string clone = Repository.Clone(_folder["repo"], _folder["clone"]);
        Assert.Equal(new SourceState(commit, Dirty: false), Look("clone"));
        Assert.NotNull(clone);

        // What a build leaves, notes, and a base model that git ignores are no change of an input.
        _folder.Write("repo/out/Triage.1.0.0.nupkg", "zip");
        _folder.Write("repo/notes.txt", "other notes");
        _folder.Write("repo/models/base/model.safetensors", "other weights");
        Assert.Equal(new SourceState(commit, Dirty: false), Look());

        foreach (string input in (string[])["repo/triage/data/train/a.jsonl", "repo/triage/Triage.csproj", "repo/triage/prompts/zero.prompty", "repo/Directory.Build.props"])
        {
            string before = File.ReadAllText(_folder[input]);
            _folder.Write(input, before + " ");
            Assert.Equal(new SourceState(commit, Dirty: true), Look());
            _folder.Write(input, before);
            Assert.Equal(new SourceState(commit, Dirty: false), Look());
        }

        // A file that is new, one that is staged, one that was staged and is gone.
        _folder.Write("repo/triage/data/train/b.jsonl", "{}");
        Assert.True(Look()!.Dirty);
        using (var repository = new Repository(_folder["repo"]))
        {
            Commands.Stage(repository, "triage/data/train/b.jsonl");
        }

        Assert.True(Look()!.Dirty);
        Assert.Empty(_log.Diagnostics);
    }

    [FactWithGit]
    public void A_revision_of_another_system_is_taken_as_it_is_and_secrets_are_not()
    {
        string commit = Commit("first");

        Assert.Equal(new SourceState("r1234"), Look(revision: "r1234"));
        Assert.Equal(new SourceState(commit, false, "https://example.org/team/triage"), Look(repository: "https://user:token@example.org/team/triage"));
    }

    [Fact]
    public void Outside_a_repository_nothing_is_known_but_what_was_said()
    {
        Fill();
        Assert.Null(Look());
        Assert.Equal(new SourceState("r1"), Look(revision: "r1"));
    }

    private SourceState? Look(string repo = "repo", string revision = "", string repository = "") => InputState.Of(
        new ProjectInputs
        {
            ProjectFile = _folder[$"{repo}/triage/Triage.csproj"],
            ProjectFiles = [_folder[$"{repo}/triage/Triage.csproj"], _folder[$"{repo}/Directory.Build.props"], _folder[$"{repo}/Directory.Build.targets"]],
            Settings = new Dictionary<string, string> { [Names.BaseModel] = "../models/base" },
            TrainingData = [.. Directory.Exists(_folder[$"{repo}/triage/data"]) ? Directory.GetFiles(_folder[$"{repo}/triage/data/train"]).Select(f => Item(Names.TrainingData, f)) : []],
            PromptBaselines = [Item(Names.PromptBaseline, _folder[$"{repo}/triage/prompts/zero.prompty"])],
        },
        revision, repository, _log);

    private static ProjectItem Item(string type, string file) => new(type, file, file, new Dictionary<string, string>());

    private void Fill()
    {
        foreach (string file in (string[])["triage/Triage.csproj", "triage/data/train/a.jsonl", "triage/prompts/zero.prompty", "Directory.Build.props", "notes.txt", "models/base/model.safetensors"])
        {
            _folder.Write("repo/" + file, file);
        }

        _folder.Write("repo/.gitignore", "models/\nobj/\n");
    }

    private string Commit(string message)
    {
        Fill();
        Repository.Init(_folder["repo"]);
        using var repository = new Repository(_folder["repo"]);
        Commands.Stage(repository, "*");
        var who = new Signature("Ann", "ann@example.org", new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        return repository.Commit(message, who, who).Sha;
    }
}
