using System.Text.Json;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Safetensors;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Training;

/// <summary>Against recorded values of eng/reference/llama_reference.py, which computes the same in double precision with PyTorch.</summary>
public sealed unsafe class ReferenceTests
{
    private const double GradientTolerance = 1e-4;
    private const double LossTolerance = 1e-3;

    public static TheoryData<string> Cases => ["llama-tied", "qwen2-untied", "llama3-bias", "qwen3-tied", "mistral-linear"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Log_probabilities_match_without_and_with_an_adapter_that_PyTorch_wrote(string name)
    {
        using var model = LlamaModel.Load(Folder(name));
        using var adapter = LoraAdapter.Load(Path.Combine(Folder(name), "adapter"), model.Config);
        using var golden = SafetensorsFile.Open(Path.Combine(Folder(name), "logprobs.safetensors"));
        CompareLogProbabilities(golden, "base", model, null, Rows(name)[0].Tokens);
        CompareLogProbabilities(golden, "adapter", model, adapter, Rows(name)[0].Tokens);
    }

    [Theory]
    [InlineData("llama3-bias", WeightQuantization.None)]
    [InlineData("qwen3-tied", WeightQuantization.None)]
    [InlineData("mistral-linear", WeightQuantization.Nf4)]
    [InlineData("qwen3-tied", WeightQuantization.Int8)]
    public void Decoding_with_a_cache_gives_the_log_probabilities_of_scoring(string name, WeightQuantization quantization)
    {
        using var model = LlamaModel.Load(Folder(name), quantization);
        using var adapter = LoraAdapter.Load(Path.Combine(Folder(name), "adapter"), model.Config);
        using var generator = new Generator(model, adapter, threads: 2);
        using var scorer = new Scorer(model, adapter, threads: 2);
        int[] prompt = Rows(name)[0].Tokens;
        var answer = Assert.Single(generator.Generate([new GenerationPrompt(prompt)], new GenerationOptions { MaxNewTokens = 12 }));
        for (int i = 0; i < answer.Tokens.Count; i++)
        {
            var scored = new bool[prompt.Length + i + 1];
            scored[^1] = true;
            var score = scorer.Score([new TrainingExample([.. prompt, .. answer.Tokens.Take(i + 1)], scored)]);
            Assert.Equal(score[0].LogProbability, answer.LogProbabilities[i], 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_weight_gradient_matches(string name)
    {
        using var model = LlamaModel.Load(Folder(name));
        CompareGradients(name, model, null, model.MakeTrainable());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_adapter_gradient_matches(string name)
    {
        using var model = LlamaModel.Load(Folder(name));
        using var adapter = LoraAdapter.Load(Path.Combine(Folder(name), "adapter"), model.Config);
        CompareGradients(name, model, adapter, adapter.Parameters);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Full_training_follows_the_same_losses(string name)
    {
        using var model = LlamaModel.Load(Folder(name));
        CompareLosses(name, "full", options => SupervisedTrainer.Run(model, Rows(name), [], options with { Method = TrainingMethod.Full }));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Lora_training_follows_the_same_losses(string name)
    {
        using var model = LlamaModel.Load(Folder(name));
        using var adapter = LoraAdapter.Load(Path.Combine(Folder(name), "adapter"), model.Config);
        CompareLosses(name, "lora", options => SupervisedTrainer.Run(model, Rows(name), [], options, initialAdapter: adapter));
    }

    [Theory]
    [InlineData("llama-tied", WeightQuantization.Nf4)]
    [InlineData("llama-tied", WeightQuantization.Int8)]
    [InlineData("qwen3-tied", WeightQuantization.Nf4)]
    [InlineData("mistral-linear", WeightQuantization.Int8)]
    public void Lora_training_over_quantised_weights_follows_the_same_losses(string name, WeightQuantization quantization)
    {
        using var model = LlamaModel.Load(Folder(name), quantization);
        using var adapter = LoraAdapter.Load(Path.Combine(Folder(name), "adapter"), model.Config);
        CompareLosses(name, quantization == WeightQuantization.Nf4 ? "nf4" : "int8",
            options => SupervisedTrainer.Run(model, Rows(name), [], options, initialAdapter: adapter));
    }

    /// <summary>One row for each position and token that could follow it: scoring is the public way to every log-probability.</summary>
    private static void CompareLogProbabilities(SafetensorsFile golden, string tensor, LlamaModel model, LoraAdapter? adapter, int[] tokens)
    {
        Assert.True(golden.TryGet(tensor, out var expected));
        int vocabulary = model.Config.VocabularySize;
        var rows = new List<TrainingExample>();
        for (int t = 0; t < tokens.Length; t++)
        {
            for (int v = 0; v < vocabulary; v++)
            {
                var scored = new bool[t + 2];
                scored[^1] = true;
                rows.Add(new TrainingExample([.. tokens[..(t + 1)], v], scored));
            }
        }

        using var scorer = new Scorer(model, adapter, threads: 2);
        var scores = scorer.Score(rows);
        float* values = (float*)expected.Pointer;
        double error = 0, largest = 0;
        for (int i = 0; i < scores.Count; i++)
        {
            error = Math.Max(error, Math.Abs(scores[i].LogProbability - values[i]));
            largest = Math.Max(largest, Math.Abs((double)values[i]));
        }

        Assert.True(error / largest <= GradientTolerance, $"{tensor}: {error / largest:E2}");
    }

    private static void CompareGradients(string name, LlamaModel model, LoraAdapter? adapter, ParameterSet parameters)
    {
        var rows = new TrainingRows("training", Rows(name), 128, model.Config.VocabularySize);
        using var team = new ThreadTeam(2);
        parameters.AllocateGradients();
        using var micro = new MicroBatch(new LlamaNetwork(model, adapter, parameters), team, rows.Longest, backward: true);
        var batch = MicroBatch.Split(rows.All).Single();
        micro.Accumulate(batch, 1f / batch.Targets.Length);
        GoldenGradients.Compare(Path.Combine(Folder(name), "gradients.safetensors"), parameters, GradientTolerance);

        parameters.ReleaseGradients();
    }

    private static void CompareLosses(string name, string run, Func<TrainingOptions, TrainingResult> train)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(name), "losses.json")));
        var t = json.RootElement.GetProperty("training");
        double Number(string key) => t.GetProperty(key).GetDouble();
        var result = train(new TrainingOptions
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
            PreserveDataOrder = true,
            Threads = 2,
        });
        var expected = json.RootElement.GetProperty(run).EnumerateArray().Select(e => e.GetDouble()).ToList();
        Assert.Equal(expected.Count, result.Steps.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(result.Steps[i].Loss / expected[i] - 1) <= LossTolerance, $"step {i + 1}: {result.Steps[i].Loss} against {expected[i]}");
    }

    private static List<TrainingExample> Rows(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(name), "rows.json")));
        return [.. json.RootElement.EnumerateArray().Select(row =>
            new TrainingExample(row.GetProperty("tokens").Deserialize<int[]>()!, row.GetProperty("scored").Deserialize<bool[]>()!))];
    }

    private static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Goldens", name);
}
