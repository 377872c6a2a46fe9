namespace ModelOps.Sdk.Tests;

/// <summary>What a missed gate, a changed bound or a changed prompt does.</summary>
public sealed class Gates
{
    [Fact]
    public void Missed_gate_fails_every_build_until_it_is_met()
    {
        TestRepository repository = new TestRepository().WithTriage().Item("<EvalGate Include=\"ExactMatch\" Minimum=\"0.80\" />").Save();
        BuildResult good = repository.Build();

        repository.Edit("Triage/Triage.csproj", "0.80", "0.999");
        BuildResult missed = repository.Build("--no-restore");
        BuildResult again = repository.Build("--no-restore");
        repository.Edit("Triage/Triage.csproj", "0.999", "0.80");
        BuildResult met = repository.Build("--no-restore");

        Assert.True(good.Succeeded, good.Output);
        Assert.All([missed, again], build =>
        {
            Assert.Equal(1, build.ExitCode);
            Assert.Empty(build.Ran);
            Assert.Matches(@"Triage\.csproj\(7,15\): error MOPS500[12]: .*ExactMatch", build.Output);
        });
        Assert.True(met.Succeeded, met.Output);
        Assert.Empty(met.Ran);
        repository.Done();
    }

    [Fact]
    public void General_probes_of_the_sdk_are_regression_data()
    {
        TestRepository repository = new TestRepository().WithTriage()
            .Item("<EvalGate Include=\"ExactMatch\" Minimum=\"0.80\" MinimumGain=\"0.10\" />").Item("<RegressionData Include=\"$(ModelOpsProbes)\" />").Save();

        BuildResult build = repository.Build();

        Assert.True(build.Succeeded, build.Output);
        Assert.Contains("48 rows of regression data", build.Output, StringComparison.Ordinal);
        Assert.Equal(["train", "generate", "score", "generate", "generate", "score", "generate", "score"], build.Ran);
        repository.Done();
    }

    [Fact]
    public void Hopeless_candidate_fails_with_MOPS5001()
    {
        // Zero steps: the mock worker learns nothing, and says what the base says.
        TestRepository repository = new TestRepository().WithTriage().Property("Epochs", "0").Save();

        BuildResult build = repository.Build();

        Assert.Equal(1, build.ExitCode);
        Assert.Contains("MOPS5001", build.Codes);
        Assert.Contains("floor:majority", build.Output, StringComparison.Ordinal);
        repository.Done();
    }

    [Fact]
    public void Changed_prompt_answers_again_only_for_itself()
    {
        TestRepository repository = new TestRepository().WithTriage()
            .Write("Triage/prompts/other.prompty", "---\nname: other\n---\nsystem:\nBe brief.\nuser:\n{{input}}\n").Save();
        repository.Build();

        repository.Edit("Triage/prompts/other.prompty", "Be brief.", "Be very brief.");
        BuildResult words = repository.Build("--no-restore");
        repository.Edit("Triage/prompts/other.prompty", "name: other", "name: other\ndescription: shorter");
        BuildResult description = repository.Build("--no-restore");

        Assert.Equal(["generate"], words.Ran);
        Assert.Empty(description.Ran);
        repository.Done();
    }

    [Fact]
    public void Changed_evaluation_row_answers_again_and_trains_nothing()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();

        repository.Edit("Triage/data/eval/a.jsonl", "alpha9 beta9 on", "alpha9 beta9 concerning");
        BuildResult build = repository.Build("--no-restore");

        Assert.True(build.Succeeded, build.Output);
        Assert.Equal(["generate", "score", "generate"], build.Ran);
        repository.Done();
    }

    [Fact]
    public void Warning_that_counts_as_an_error_fails_every_build()
    {
        // Without rare words in common the nearest training row has the right answer: the model is not shown to beat what needs no model.
        TestRepository repository = new TestRepository().WithTriage().Property("TreatWarningsAsErrors", "true").Save();
        repository.Write("Triage/data/eval/a.jsonl", TriageData.Lines(i => TriageData.EvalRow(i).Replace($"alpha{i} beta{i} on", $"number {i} on", StringComparison.Ordinal)));

        BuildResult first = repository.Build();
        BuildResult second = repository.Build("--no-restore");

        Assert.All([first, second], build => Assert.Equal((1, "MOPS5009"), (build.ExitCode, string.Join(',', build.Codes))));
        Assert.Empty(second.Ran);
        Assert.True(repository.Build("--no-restore", "-p:WarningsNotAsErrors=MOPS5009").Succeeded);
        repository.Done();
    }

    [Fact]
    public void Gates_can_be_turned_off_in_so_many_words()
    {
        TestRepository repository = new TestRepository().WithTriage().Property("Epochs", "0").Property("ModelOpsGates", "false").Save();

        BuildResult build = repository.Build("-t:ModelOpsGate", "-getProperty:ModelOpsVerdict");
        BuildResult said = repository.Build("--no-restore", "-p:ModelOpsForce=true");

        Assert.True(build.Succeeded, build.Output);
        Assert.Equal("off", build.Output.Trim());
        Assert.Contains("MOPS4105", said.Output, StringComparison.Ordinal);
        repository.Done();
    }

    [Fact]
    public void Without_a_gate_the_best_prompt_must_be_beaten()
    {
        TestRepository repository = new TestRepository().WithTriage().Item("<None Include=\"readme.md\" />").Save();
        TestRepository noPrompt = new TestRepository().WithTriage().Item("<None Include=\"readme.md\" />").Save();
        File.Delete(noPrompt.PathOf("Triage/prompts/zero.prompty"));

        BuildResult withPrompt = repository.Build();
        BuildResult without = noPrompt.Build();

        Assert.True(withPrompt.Succeeded, withPrompt.Output);
        Assert.Equal(["MOPS5006"], without.Codes);
        Assert.Empty(without.Ran);
        repository.Done();
        noPrompt.Done();
    }
}
