namespace ModelOps.Sdk.Tests;

/// <summary>The packed worker on the sample's base model; few steps, because what it learns is measured elsewhere.</summary>
public sealed class RealEngine
{
    [Fact]
    public void Same_adapter_on_one_and_two_threads_in_different_folders()
    {
        TestRepository one = Repository("one").Property("ModelOpsThreads", "1").Save();
        TestRepository two = Repository("two").Property("ModelOpsThreads", "2").Save();

        BuildResult first = one.Build();
        BuildResult second = two.Build();
        BuildResult again = two.Build("--no-restore", "-p:ModelOpsThreads=1");

        Assert.True(first.Succeeded, first.Output);
        Assert.True(second.Succeeded, second.Output);
        Assert.Matches(@"Train 2/2: loss \d", first.Output);
        Assert.Contains("MeanLoss", first.Output, StringComparison.Ordinal);
        Assert.Contains("up to date", again.Output, StringComparison.Ordinal);
        Assert.All(["fingerprint.json", "adapter/adapter_config.json", "adapter/adapter_model.safetensors", "adapter/training.json", "eval.json", "verdict.json"],
            file => Assert.Equal(File.ReadAllBytes(one.Obj(file)), File.ReadAllBytes(two.Obj(file))));
        one.Done();
        two.Done();
    }

    [Fact]
    public void Qlora_is_another_result_with_the_same_files()
    {
        TestRepository repository = Repository("qlora").Property("FineTuneMethod", "QLora").Save();

        BuildResult four = repository.Build();
        byte[] adapter = File.ReadAllBytes(repository.Obj("adapter/adapter_model.safetensors"));
        BuildResult eight = repository.Build("--no-restore", "-p:QuantizationType=int8");
        BuildResult plain = repository.Build("--no-restore", "-p:FineTuneMethod=lora");

        Assert.True(four.Succeeded, four.Output);
        Assert.True(eight.Succeeded, eight.Output);
        Assert.Contains("nf4", eight.Output, StringComparison.Ordinal);
        Assert.Contains("int8", eight.Output, StringComparison.Ordinal);
        Assert.True(plain.Succeeded, plain.Output);
        Assert.NotEqual(adapter, File.ReadAllBytes(repository.Obj("adapter/adapter_model.safetensors")));
        repository.Done();
    }

    [Fact]
    public void Bad_models_have_their_codes()
    {
        TestRepository repository = Repository("bad").Save();
        byte[] weights = File.ReadAllBytes(repository.PathOf("base/model.safetensors"));

        repository.Property("LoraTargetModules", "q_proj;no_such_proj").Save();
        BuildResult module = repository.Build();
        repository.Property("LoraTargetModules", "q_proj").Save();
        File.WriteAllBytes(repository.PathOf("base/model.safetensors"), weights[..(weights.Length / 2)]);
        BuildResult truncated = repository.Build("--no-restore");
        File.WriteAllBytes(repository.PathOf("base/model.safetensors"), weights);
        string rows = Directory.GetFiles(repository.PathOf("Triage/data/train"), "*.jsonl")[0];
        int line = File.ReadAllLines(rows).Length + 1;
        File.AppendAllText(rows, $$"""{"prompt":"Repeat this for ann@contoso.de.","completion":"{{string.Join(' ', Enumerable.Range(0, 1500))}}"}""" + "\n");
        repository.Write(
            "Triage/.editorconfig",
            "[data/train/*.jsonl]\ndotnet_diagnostic.MOPS1041.severity = none\n[data/eval/*.jsonl]\ndotnet_diagnostic.MOPS1064.severity = error\n[*.jsonl]\ndotnet_diagnostic.MOPS1054.severity = warning\n");
        BuildResult good = repository.Build("--no-restore");

        Assert.Equal(["MOPS3052"], module.Codes);
        Assert.Matches(@"Triage\.csproj\(\d+,\d+\): error MOPS3052: .*no_such_proj", module.Output);
        Assert.Equal(["MOPS3051"], truncated.Codes);
        Assert.Contains("model.safetensors", truncated.Output, StringComparison.Ordinal);
        Assert.True(good.Succeeded, good.Output);
        Assert.Contains($"{Path.GetFileName(rows)}({line},1): warning MOPS1064: ", good.Output, StringComparison.Ordinal);

        // A glob decides for the files that it names: an address here is none of our business, a note is worth a warning.
        Assert.Contains("warning MOPS1054: ", good.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("MOPS1041", good.Output, StringComparison.Ordinal);
        repository.Done();
    }

    private static TestRepository Repository(string name)
    {
        TestRepository repository = new TestRepository(name).WithTriage().WithTinyBase().RealWorker()
            .Property("MaxSteps", "2").Property("BatchSize", "4").Property("MaxNewTokens", "4").Property("ModelOpsGates", "false");
        return repository.Write("Triage/data/eval/a.jsonl", string.Join('\n', Enumerable.Range(0, 8).Select(TriageData.EvalRow)) + "\n");
    }
}
