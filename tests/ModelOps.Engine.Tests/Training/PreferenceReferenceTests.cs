using System.Text.Json;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Safetensors;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Training;

/// <summary>Against recorded values of eng/reference/dpo_reference.py, which computes the same in double precision with PyTorch.</summary>
public sealed unsafe class PreferenceReferenceTests
{
    private const double GradientTolerance = 1e-4;
    private const double LossTolerance = 1e-3;

    public static TheoryData<string, string> Runs => new()
    {
        { "llama-tied", "full" }, { "llama-tied", "lora" }, { "qwen2-untied", "full" }, { "qwen2-untied", "lora" },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void Every_gradient_matches(string name, string run)
    {
        using var model = LlamaModel.Load(Folder(name));
        using var adapter = run == "lora" ? LoraAdapter.Load(Path.Combine(Folder(name), "adapter"), model.Config) : null;
        using var losses = Losses(name);
        var pairs = Pairs(name);
        var rows = new TrainingRows("training", [.. pairs.SelectMany(p => new[] { p.Chosen, p.Rejected })], 128, model.Config.VocabularySize, 2);
        var none = new TrainingRows("validation", [], 128, model.Config.VocabularySize, 2);
        var objective = new PreferenceObjective(rows, none, losses.RootElement.GetProperty("beta").GetDouble(), losses.RootElement.GetProperty("smoothing").GetDouble());
        objective.Prepare(model, new TrainingOptions { Threads = 2 }, null, default);
        using var team = new ThreadTeam(2);
        var parameters = adapter?.Parameters ?? model.MakeTrainable();
        parameters.AllocateGradients();
        using var micro = new MicroBatch(new LlamaNetwork(model, adapter, parameters), team, rows.Longest, backward: true);
        var measured = objective.Accumulate(micro, [.. Enumerable.Range(0, pairs.Count)]);
        Assert.Equal(pairs.Sum(p => p.Chosen.Scored.Count(s => s) + p.Rejected.Scored.Count(s => s)), measured.ScoredTokens);
        GoldenGradients.Compare(Path.Combine(Folder(name), "dpo-gradients.safetensors"), parameters, GradientTolerance);

        parameters.ReleaseGradients();
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Training_follows_the_same_losses_and_rewards(string name, string run)
    {
        using var model = LlamaModel.Load(Folder(name));
        using var adapter = run == "lora" ? LoraAdapter.Load(Path.Combine(Folder(name), "adapter"), model.Config) : null;
        using var json = Losses(name);
        var options = Options(json.RootElement) with { Method = run == "lora" ? TrainingMethod.Lora : TrainingMethod.Full };
        var result = PreferenceTrainer.Run(model, Pairs(name), [], options, initialAdapter: adapter);
        var expected = json.RootElement.GetProperty(run).EnumerateArray().ToList();
        Assert.Equal(expected.Count, result.Steps.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            var step = result.Steps[i];
            double Expected(string key) => expected[i].GetProperty(key).GetDouble();
            Assert.True(Math.Abs(step.Loss / Expected("loss") - 1) <= LossTolerance, $"step {i + 1}: {step.Loss} against {Expected("loss")}");
            Assert.True(Math.Abs(step.RewardMargin!.Value - Expected("margin")) <= LossTolerance * Math.Max(1, Math.Abs(Expected("margin"))), $"step {i + 1}: {step.RewardMargin} against {Expected("margin")}");

            // Without an adapter the first step compares the model with itself: rounding alone decides who is ahead.
            if (i > 0 || run == "lora")
                Assert.Equal(Expected("accuracy"), step.RewardAccuracy);
        }
    }

    private static TrainingOptions Options(JsonElement losses)
    {
        var t = losses.GetProperty("training");
        double Number(string key) => t.GetProperty(key).GetDouble();
        return new TrainingOptions
        {
            MaxSteps = (int)Number("steps"),
            Epochs = 1000,
            BatchSize = (int)Number("batch"),
            LearningRate = Number("lr"),
            WarmupSteps = (int)Number("warmup"),
            MinimumLearningRateRatio = Number("minimum"),
            AdamBeta1 = Number("beta1"),
            AdamBeta2 = Number("beta2"),
            AdamEpsilon = Number("epsilon"),
            WeightDecay = Number("decay"),
            MaxGradNorm = Number("clip"),
            DpoBeta = losses.GetProperty("beta").GetDouble(),
            DpoLabelSmoothing = losses.GetProperty("smoothing").GetDouble(),
            PreserveDataOrder = true,
            Threads = 2,
        };
    }

    private static List<PreferenceExample> Pairs(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(name), "dpo-pairs.json")));
        return [.. json.RootElement.EnumerateArray().Select(p => new PreferenceExample(Side(p, "chosen"), Side(p, "rejected")))];
    }

    private static TrainingExample Side(JsonElement pair, string side)
    {
        int[] prompt = pair.GetProperty("prompt").Deserialize<int[]>()!, answer = pair.GetProperty(side).Deserialize<int[]>()!;
        return new TrainingExample([.. prompt, .. answer], [.. prompt.Select(_ => false), .. answer.Select(_ => true)]);
    }

    private static JsonDocument Losses(string name) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(name), "dpo-losses.json")));

    private static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Goldens", name);
}
