using System.Text.Json;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker.Tests;

/// <summary>Preference pairs, early stopping, and what a kill may not change.</summary>
public sealed class PreferenceAndSelectionTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly TrainOptions s_options = new()
    {
        LoraRank = 4, LearningRate = 0.01, Epochs = 3, BatchSize = 2, MaxSequenceLength = 128, TargetModules = ["q_proj", "v_proj"], Schedule = "constant",
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("worker-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("lora")]
    [InlineData("qlora")]
    [InlineData("full")]
    public void Pairs_teach_which_answer_is_better(string method)
    {
        using var run = WorkerRun.Complete(Preference("out") with { Options = s_options with { Objective = "dpo", Method = method, Epochs = 8 } }, _folder);
        var metrics = run.Events.OfType<MetricEvent>().ToList();
        Assert.Equal(8, metrics.Count(m => m.Name == "reward_accuracy"));
        Assert.Equal((1, 8), (metrics.Last(m => m.Name == "reward_accuracy").Value, metrics.Last(m => m.Name == "validation_loss").Epoch));
        Assert.True(metrics.Last(m => m.Name == "reward_margin").Value > 0.1);
        Assert.True(metrics.Last(m => m.Name == "training_loss").Value < Math.Log(2) - 0.05);
        Assert.Contains(run.Events, e => e is ProgressEvent { RewardAccuracy: not null });
        var record = JsonElement.Parse(File.ReadAllText(In("out/training.json")));
        Assert.Equal(16, record.GetProperty("steps").GetArrayLength());
        Assert.Equal(Math.Log(2), record.GetProperty("steps")[0].GetProperty("loss").GetDouble(), 1e-5);
        Assert.False(record.TryGetProperty("evaluations", out _));
    }

    [Fact]
    public void Metrics_come_while_training_runs()
    {
        using var run = WorkerRun.Complete(Supervised("out"), _folder);
        int firstMetric = run.Events.FindIndex(e => e is MetricEvent { Name: "validation_loss", Epoch: 1 });
        int lastProgress = run.Events.FindLastIndex(e => e is ProgressEvent);
        Assert.True(firstMetric >= 0 && firstMetric < lastProgress, $"{firstMetric} of {lastProgress}");
    }

    [Fact]
    public void What_is_chosen_by_validation_is_recorded()
    {
        var request = Supervised("out") with { Options = s_options with { Epochs = 40, EarlyStoppingPatience = 2, EvaluationSteps = 1, LearningRate = 0.05 } };
        using var run = WorkerRun.Complete(request, _folder);
        var record = JsonElement.Parse(File.ReadAllText(In("out/training.json")));
        var losses = record.GetProperty("evaluations").EnumerateArray().Select(e => (Step: e.GetProperty("step").GetInt32(), Loss: e.GetProperty("validationLoss").GetDouble())).ToList();
        int chosen = record.GetProperty("chosenStep").GetInt32();
        Assert.Equal(losses.MinBy(l => l.Loss).Step, chosen);
        Assert.Equal(run.Result.Steps, chosen + 2);
        Assert.Contains(run.Events, e => e is LogEvent { Message: var m } && m.StartsWith("stopped after step", StringComparison.Ordinal));
        Assert.Contains(run.Events, e => e is MetricEvent { Name: "validation_loss", Step: 1, Epoch: null });
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_code()
    {
        Refused(Supervised("out") with { Options = s_options with { Objective = "ppo" } }, "MOPS3058", WorkerExitCode.BadRequest);
        Refused(Preference("out") with { Options = s_options with { Objective = "dpo", DpoBeta = 0 } }, "MOPS3058", WorkerExitCode.BadRequest);
        Refused(Supervised("out") with { Validation = null, Options = s_options with { EarlyStoppingPatience = 1 } }, "MOPS3054", WorkerExitCode.BadData);
        var pairs = Refused(Preference("out"), "MOPS3054", WorkerExitCode.BadData);
        Assert.Equal((In("pairs.jsonl"), 1), (pairs.File, pairs.Line));
        Refused(Supervised("out") with { Options = s_options with { Objective = "dpo" } }, "MOPS3054", WorkerExitCode.BadData);
    }

    /// <summary>SIGKILL at some step, again and again; the result is byte for byte that of a run that nobody disturbed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Killed_at_random_steps_it_ends_in_the_same_bytes(bool pairs)
    {
        var options = s_options with
        {
            Objective = pairs ? "dpo" : "sft", Epochs = 2000, MaxSteps = 120, EarlyStoppingPatience = 100, EvaluationSteps = 3, CheckpointEverySteps = 4, LoraDropout = 0.1,
        };
        TrainRequest Request(string output) => (pairs ? Preference(output) : Supervised(output)) with { Options = options };
        WorkerRun.Complete(Request("undisturbed"), _folder).Dispose();
        var random = new Random(pairs ? 3 : 4);
        var killed = Request("killed") with { Checkpoints = In("checkpoints") };
        int kills = 0;
        for (int round = 0; round < Soak.Count(3, 12); round++)
        {
            using var run = WorkerRun.Start(killed, _folder);
            run.WaitFor<ProgressEvent>();
            Thread.Sleep(random.Next(60));
            if (!Directory.Exists(In("killed")))
                kills++;
            run.Kill();
        }

        using var last = WorkerRun.Complete(killed, _folder);
        Assert.True(kills > 0);
        Assert.Equal(pairs, File.Exists(In("checkpoints/reference.bin")));
        foreach (string file in Directory.GetFiles(In("undisturbed")))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(In("killed"), Path.GetFileName(file))));
    }

    private ErrorEvent Refused(WorkerRequest request, string code, int exitCode)
    {
        using var run = WorkerRun.Complete(request, _folder, exitCode);
        Assert.Equal(code, run.Error.Code);
        return run.Error;
    }

    private TrainRequest Supervised(string output) => new()
    {
        Model = model.Folder, Train = Rows("train.jsonl", 0, 4), Validation = Rows("validation.jsonl", 4, 2), Output = In(output), Options = s_options,
    };

    private TrainRequest Preference(string output) => new()
    {
        Model = model.Folder, Train = PairRows("pairs.jsonl", 0, 4), Validation = PairRows("pairs-validation.jsonl", 4, 2), Output = In(output), Options = s_options,
    };

    private string Rows(string name, int first, int count) => Write(name, Enumerable.Range(first, count).Select(i =>
        $$"""{"id":"r{{i}}","messages":[{"role":"user","content":"question number {{i}}"},{"role":"assistant","content":"answer is {{i}}"}]}"""));

    private string PairRows(string name, int first, int count) => Write(name, Enumerable.Range(first, count).Select(i =>
        $$"""{"id":"r{{i}}","prompt":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"question number {{i}}"}],"chosen":[{"role":"assistant","content":"answer is {{i}}"}],"rejected":[{"role":"assistant","content":"no idea"}]}"""));

    private string Write(string name, IEnumerable<string> lines)
    {
        File.WriteAllLines(In(name), lines);
        return In(name);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
