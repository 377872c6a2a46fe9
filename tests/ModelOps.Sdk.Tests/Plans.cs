using System.Text.Json.Nodes;

namespace ModelOps.Sdk.Tests;

/// <summary><c>ModelOpsMode</c>: a build that says what it would do, and one that fails when a result is stale.</summary>
public sealed class Plans
{
    private const string Train = "Triage/data/train/a.jsonl";

    [Fact]
    public void A_plan_says_what_a_build_would_do_and_writes_nothing()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        BuildResult never = repository.Build("-p:ModelOpsMode=Plan");
        bool untouched = !Directory.Exists(repository.Obj(""));
        repository.Build("--no-restore");
        repository.Edit(Train, "alpha6 beta6 about access please", "alpha6 beta6 about access kindly").Property("LearningRate", "2e-4").Save();
        string before = Snapshot(repository);

        BuildResult plan;
        using (new FileStream(repository.Obj("build.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            // A plan neither takes the project's lock nor waits for a build that has it.
            plan = repository.Build("--no-restore", "-p:ModelOpsMode=Plan");
        }

        BuildResult stage = repository.Build("--no-restore", "-p:ModelOpsMode=plan", "-t:ModelOpsTrain");
        BuildResult json = repository.Run("msbuild", "-p:ModelOpsMode=Plan", "-t:ModelOpsPlan", "-getProperty:ModelOpsPlanJson");
        string after = Snapshot(repository);
        BuildResult build = repository.Build("--no-restore");

        Assert.True(never.Succeeded && untouched && never.Ran.Count == 0, never.Output);
        Assert.Contains("retrains: no earlier result here, time unknown (nothing like it has run here), local: 0", never.Output, StringComparison.Ordinal);
        Assert.All([plan, stage], p => Assert.True(p.Succeeded && p.Ran.Count == 0, p.Output));
        const string Reason = "retrains: 1 row changed in data/train/a.jsonl (line 7), LearningRate 1e-3 -> 2e-4";
        Assert.All([plan, stage, build], p => Assert.Contains(Reason, p.Output, StringComparison.Ordinal));
        Assert.Matches(@"past run\), local: 0", plan.Output);
        Assert.Equal(before, after);
        JsonNode train = JsonNode.Parse(json.Output[json.Output.IndexOf('{')..])!["stages"]!.AsArray().Single(s => (string?)s!["stage"] == "Train")!;
        Assert.Equal(("work", true, "local", 0), ((string?)train["state"], (bool)train["stale"]!, (string?)train["price"]!["backEnd"], (int)train["price"]!["amount"]!));
        repository.Done();
    }

    [Fact]
    public void Verify_fails_when_a_result_is_stale_and_passes_on_a_fresh_clone_whose_store_has_it()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        BuildResult never = repository.Build("-p:ModelOpsMode=Verify");
        repository.Build("--no-restore");
        BuildResult built = repository.Build("--no-restore", "-p:ModelOpsMode=Verify");
        Directory.Delete(repository.Obj(""), recursive: true);
        BuildResult clone = repository.Build("--no-restore", "-p:ModelOpsMode=Verify");
        repository.Build("--no-restore");
        repository.Item("<EvalGate Include=\"ExactMatch\" Minimum=\"0.75\" />").Save();
        BuildResult gate = repository.Build("--no-restore", "-p:ModelOpsMode=Verify");

        Assert.Equal(["MOPS2112"], never.Codes);
        Assert.All([built, clone], b => Assert.True(b.Succeeded && b.Ran.Count == 0, b.Output));
        Assert.Equal(["MOPS2112"], gate.Codes);
        Assert.Contains("Gate is stale: re-gates: ", gate.Output, StringComparison.Ordinal);
        repository.Done();
    }

    [Fact]
    public void A_mode_that_there_is_not_is_an_error_with_a_suggestion_and_no_mode_packs_a_plan()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();

        BuildResult unknown = repository.Build("-p:ModelOpsMode=Paln");
        BuildResult pack = repository.Run("pack", "--no-restore", "-p:ModelOpsMode=Plan");

        Assert.Equal(["MOPS2111"], unknown.Codes);
        Assert.Contains("'Plan' was probably meant", unknown.Output, StringComparison.Ordinal);
        Assert.Empty(unknown.Ran);
        Assert.Contains("MOPS2113", pack.Codes);
        repository.Done();
    }

    private static string Snapshot(TestRepository repository) => string.Join('\n', new DirectoryInfo(repository.Obj("")).EnumerateFiles("*", SearchOption.AllDirectories)
        .Concat(new DirectoryInfo(repository.Store).EnumerateFiles("*", SearchOption.AllDirectories))
        .OrderBy(f => f.FullName, StringComparer.Ordinal).Select(f => $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}"));
}
