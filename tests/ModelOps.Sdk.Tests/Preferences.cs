using System.Diagnostics;

namespace ModelOps.Sdk.Tests;

/// <summary>Preference pairs, early stopping and a build that is killed, with the packed worker on the sample's base model.</summary>
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

    /// <summary>SIGKILL for the worker in the middle: the next build goes on and ends with the bytes of one that nobody disturbed.</summary>
    [FactOnLinux]
    public void A_build_whose_worker_is_killed_continues()
    {
        TestRepository whole = Long("whole").Save();
        TestRepository killed = Long("killed").Save();
        BuildResult undisturbed = whole.Build();
        Task<BuildResult> build = Task.Run(() => killed.Build());
        bool hit = false;
        while (!build.IsCompleted && !hit)
        {
            hit = Checkpoints(killed).Any(f => f.EndsWith("checkpoint.bin", StringComparison.Ordinal)) && KillWorkerOf(killed);
            Thread.Sleep(2);
        }

        BuildResult first = build.Result;
        BuildResult second = killed.Build("--no-restore", "-v:n");

        Assert.True(undisturbed.Succeeded, undisturbed.Output);
        Assert.True(hit, first.Output);
        Assert.Equal(["MOPS3003"], first.Codes);
        Assert.True(second.Succeeded, second.Output);
        Assert.Matches("continued after step [1-9]", second.Output);
        Assert.All(["adapter_config.json", "adapter_model.safetensors", "training.json"],
            file => Assert.Equal(File.ReadAllBytes(whole.Obj($"adapter/{file}")), File.ReadAllBytes(killed.Obj($"adapter/{file}"))));
        Assert.Empty(Checkpoints(killed));
        whole.Done();
        killed.Done();
    }

    private static bool KillWorkerOf(TestRepository repository)
    {
        foreach (string entry in Directory.GetDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(entry), out int id) && File.ReadAllText(Path.Combine(entry, "cmdline")) is var line
                    && line.Contains("ModelOps.Worker.dll", StringComparison.Ordinal) && line.Contains(repository.Obj("work"), StringComparison.Ordinal))
                {
                    using Process worker = Process.GetProcessById(id);
                    worker.Kill();
                    return true;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // It has ended in the meantime.
            }
        }

        return false;
    }

    private static string[] Checkpoints(TestRepository repository)
    {
        string folder = Path.Combine(repository.Store, "checkpoints");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
    }

    private static TestRepository Long(string name) => Repository(name).Property("MaxSteps", "250").Property("Epochs", "100").Property("EvaluationSteps", "1000").Property("ModelOpsCheckpointSteps", "2");

    private static TestRepository Repository(string name) => new TestRepository(name).WithTriage().WithTinyBase().RealWorker()
        .Property("FineTuneMethod", "Dpo").Property("MaxSteps", "3").Property("BatchSize", "4").Property("MaxNewTokens", "4").Property("ModelOpsGates", "false")
        .Write("Triage/data/train/a.jsonl", Pairs(0, 12))
        .Write("Triage/data/validation/a.jsonl", Pairs(40, 4))
        .Write("Triage/data/eval/a.jsonl", string.Join('\n', Enumerable.Range(0, 8).Select(TriageData.EvalRow)) + "\n");

    private static string Pairs(int first, int count) => string.Concat(Enumerable.Range(first, count).Select(i =>
        $$"""{"prompt":"ticket alpha{{i}} beta{{i}} please","chosen":"{{(i % 2 == 0 ? "billing" : "bug")}}","rejected":"setup"}""" + "\n"));
}
