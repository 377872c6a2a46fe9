namespace ModelOps.Sdk.Tests;

/// <summary>Preference pairs and early stopping, with the packed worker on the sample's base model.</summary>
public sealed class Preferences
{
    [Fact]
    public void Pairs_train_an_adapter_that_is_evaluated_on_conversations()
    {
        TestRepository repository = Repository("dpo").Property("EarlyStoppingPatience", "1").Property("EvaluationSteps", "1").Save();

        BuildResult first = repository.Build();
        BuildResult again = repository.Build("--no-restore");
        repository.Write("Triage/data/validation/a.jsonl", Pairs(50, 3));
        BuildResult moved = repository.Build("--no-restore");

        Assert.True(first.Succeeded, first.Output);
        Assert.Matches(@"validation_loss 0\.\d+ at step 1", first.Output);
        Assert.Contains("reward accuracy", first.Output, StringComparison.Ordinal);
        Assert.Contains("\"fineTuneMethod\":\"dpo\"", File.ReadAllText(repository.Obj("fingerprint.json")), StringComparison.Ordinal);
        Assert.Contains("\"chosenStep\":", File.ReadAllText(repository.Obj("adapter/training.json")), StringComparison.Ordinal);
        Assert.Contains("up to date", again.Output, StringComparison.Ordinal);
        Assert.Matches(@"retrains: .*data/validation/a\.jsonl", moved.Output);
        Assert.Empty(Checkpoints(repository));
        repository.Done();
    }

    [Fact]
    public void Rows_that_do_not_fit_the_method_have_their_codes()
    {
        TestRepository repository = Repository("unfit").Property("FineTuneMethod", "lora").Save();
        BuildResult pairs = repository.Build();
        repository.Property("FineTuneMethod", "dpo").Save().Write("Triage/data/eval/a.jsonl", Pairs(80, 4));
        BuildResult judged = repository.Build("--no-restore");
        repository.Write("Triage/data/train/b.jsonl", TriageData.TrainRow(1) + "\n");
        BuildResult mixed = repository.Build("--no-restore");
        repository.Property("EarlyStoppingPatience", "2").Property("DpoBeta", "-1").Save();
        Directory.Delete(repository.PathOf("Triage/data/validation"), recursive: true);
        BuildResult settings = repository.Build("--no-restore");

        Assert.Equal(["MOPS1029"], pairs.Codes);
        Assert.Matches(@"data[\\/]train[\\/]a\.jsonl\(1,1\): error MOPS1029: The training set has preference pairs, but FineTuneMethod is lora", pairs.Output);
        Assert.Equal(["MOPS1029"], judged.Codes);
        Assert.Contains("MOPS1028", mixed.Codes);
        Assert.Matches(@"Triage\.csproj\(\d+,\d+\): error MOPS2054: DpoBeta is '-1'", settings.Output);
        repository.Done();
    }

    private static string[] Checkpoints(TestRepository repository)
    {
        string folder = Path.Combine(repository.Store, "checkpoints");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
    }

    private static TestRepository Repository(string name) => new TestRepository(name).WithTriage().WithTinyBase().RealWorker()
        .Property("FineTuneMethod", "Dpo").Property("MaxSteps", "3").Property("BatchSize", "4").Property("MaxNewTokens", "4").Property("ModelOpsGates", "false")
        .Write("Triage/data/train/a.jsonl", Pairs(0, 12))
        .Write("Triage/data/validation/a.jsonl", Pairs(40, 4))
        .Write("Triage/data/eval/a.jsonl", string.Join('\n', Enumerable.Range(0, 8).Select(TriageData.EvalRow)) + "\n");

    private static string Pairs(int first, int count) => string.Concat(Enumerable.Range(first, count).Select(i =>
        $$"""{"prompt":"ticket alpha{{i}} beta{{i}} please","chosen":"{{(i % 2 == 0 ? "billing" : "bug")}}","rejected":"setup"}""" + "\n"));
}
