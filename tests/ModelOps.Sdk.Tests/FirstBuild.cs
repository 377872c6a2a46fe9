namespace ModelOps.Sdk.Tests;

/// <summary>The main road: a first build trains, the next does nothing, an edit retrains and says why.</summary>
public sealed class FirstBuild
{
    [Fact]
    public void Trains_evaluates_and_judges()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();

        BuildResult first = repository.Build("-t:ModelOpsGate", "-getProperty:ModelOpsVerdict");
        string verdict = first.Output.Trim();

        Assert.True(first.Succeeded, first.Output);
        Assert.Equal("passed", verdict);
        Assert.Equal(["train", "generate", "score", "generate"], first.Ran);
        Assert.All(
            ["dataset.json", "rows/train.jsonl", "fingerprint.json", "adapter/adapter_model.safetensors", "eval.json", "measurements.json", "verdict.json", "summary.txt", "report/index.html"],
            file => Assert.True(File.Exists(repository.Obj(file)), file));
        Assert.False(Directory.Exists(repository.PathOf("Triage/bin/Debug/net8.0/Triage.dll")));
        repository.Done();
    }

    [Fact]
    public void Second_build_does_nothing_and_says_so()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        BuildResult first = repository.Build();
        Dictionary<string, DateTime> before = Times(repository);

        BuildResult second = repository.Build("--no-restore", "-v:n");
        BuildResult asked = repository.Build("--no-restore", "-question");

        Assert.True(first.Succeeded && second.Succeeded, first.Output + second.Output);
        Assert.Contains("retrains: no earlier result here", first.Output, StringComparison.Ordinal);
        Assert.Empty(second.Ran);
        Assert.Matches(@"Triage -> up to date \(key [0-9a-f]{12}\), gates passed", second.Output);
        Assert.Contains("Skipping target \"_ModelOpsGateCore\" because all output files are up-to-date", second.Output, StringComparison.Ordinal);
        Assert.True(asked.Succeeded, asked.Output);
        Assert.Equal(before, Times(repository));
        repository.Done();
    }

    [Fact]
    public void Reformatted_data_retrains_nothing()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();
        string[] rows = File.ReadAllLines(repository.PathOf("Triage/data/train/a.jsonl"));

        // Another order, CRLF, a BOM, white space, the order of a message's own keys, and the file split in two.
        Array.Reverse(rows);
        rows[0] = """{ "messages": [ { "content": "ticket alpha47 beta47 about setup please", "role": "user" }, {"content":"setup","role":"assistant"} ] }""";
        repository.Write("Triage/data/train/a.jsonl", "\uFEFF" + string.Join("\r\n", rows[..20]) + "\r\n");
        repository.Write("Triage/data/train/deeper/b.jsonl", string.Join("\r\n", rows[20..]) + "\r\n");
        BuildResult build = repository.Build("--no-restore");

        Assert.True(build.Succeeded, build.Output);
        Assert.Empty(build.Ran);
        Assert.Contains("adapter up to date", build.Output, StringComparison.Ordinal);
        repository.Done();
    }

    [Fact]
    public void Edited_row_retrains_with_its_reason_and_reverting_restores()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();

        repository.Edit("Triage/data/train/a.jsonl", "alpha6 beta6 about access please", "alpha6 beta6 about access kindly");
        BuildResult edited = repository.Build("--no-restore");
        repository.Edit("Triage/data/train/a.jsonl", "kindly", "please");
        BuildResult reverted = repository.Build("--no-restore");

        Assert.Equal(["train", "generate", "score"], edited.Ran);
        Assert.Contains("retrains: 1 row changed in data/train/a.jsonl (line 7)", edited.Output, StringComparison.Ordinal);
        Assert.Empty(reverted.Ran);
        Assert.Contains("restored from the store", reverted.Output, StringComparison.Ordinal);
        repository.Done();
    }

    private static Dictionary<string, DateTime> Times(TestRepository repository)
        => Directory.GetFiles(repository.Obj(""), "*", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc);
}
