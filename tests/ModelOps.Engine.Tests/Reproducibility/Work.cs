using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tests.Training;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Reproducibility;

/// <summary>
/// What must give the same bytes everywhere, as a table: a whole run on a tiny model, and the digest of all it produced. A new method is a
/// new line; the tests take every line through threads, instruction sets and processes.
/// </summary>
internal sealed record Work(string Name, Func<int, byte[]> Run)
{
    internal static IReadOnlyList<Work> All { get; } =
    [
        new("lora", threads => Train(Config(), WeightQuantization.None, Options(threads) with { LoraDropout = 0.1 })),
        new("full", threads => Train(Config(), WeightQuantization.None, Options(threads) with { Method = TrainingMethod.Full })),
        new("full, biases and own head", threads => Train(Biased(), WeightQuantization.None, Options(threads) with { Method = TrainingMethod.Full })),
        new("full, norms on queries and keys", threads => Train(Normed(), WeightQuantization.None, Options(threads) with { Method = TrainingMethod.Full })),
        new("qlora, nf4", threads => Train(Config(), WeightQuantization.Nf4, Options(threads))),
        new("qlora, int8", threads => Train(Config(), WeightQuantization.Int8, Options(threads))),
        new("dpo", threads => Prefer(Options(threads))),
        new("greedy", threads => Generate(threads, new GenerationOptions { MaxNewTokens = 6, MaxBatchRows = 5 })),
        new("sampled", threads => Generate(threads, new GenerationOptions { MaxNewTokens = 6, Temperature = 0.8, TopK = 20, TopP = 0.95, Seed = 3, MaxBatchRows = 3 })),
        new("greedy, many rows", ManyRows),
        new("scores", Score),
    ];

    internal string Digest(int threads) => Convert.ToHexStringLower(SHA256.HashData(Run(threads)));

    // Heads of 20 and rows of up to 40 tokens: whole tiles of 32 and 16 columns and a rest, with and without AVX-512.
    private static LlamaConfig Config() => TinyModels.Config() with { HeadCount = 2, KeyValueHeadCount = 1, HeadSize = 20 };

    private static LlamaConfig Biased() => TinyModels.Config(tied: false, bias: true) with { HeadSize = 16 };

    private static LlamaConfig Normed() => TinyModels.Config() with { QkNorm = true, ModelType = "qwen3", HeadSize = 16 };

    private static TrainingOptions Options(int threads) => new()
    {
        LoraRank = 3, LearningRate = 3e-3, WarmupSteps = 1, BatchSize = 2, GradientAccumulationSteps = 2, MaxSteps = 2, WeightDecay = 0.01, Threads = threads,
    };

    private static List<TrainingExample> Rows(LlamaConfig config) => TinyModels.Rows(6, config.VocabularySize, longest: 40);

    private static byte[] Train(LlamaConfig config, WeightQuantization quantization, TrainingOptions options)
    {
        using var model = Model(config, quantization, options.Threads);
        var rows = Rows(config);
        return Bytes(model, SupervisedTrainer.Run(model, rows[..5], rows[5..], options));
    }

    private static byte[] Prefer(TrainingOptions options)
    {
        using var model = Model(Config(), WeightQuantization.None, options.Threads);
        return Bytes(model, PreferenceTrainer.Run(model, TinyModels.Pairs(4, model.Config.VocabularySize), [], options));
    }

    private static unsafe byte[] Bytes(LlamaModel model, TrainingResult result)
    {
        var parameters = result.Adapter?.Parameters ?? model.MakeTrainable();
        double[] numbers = [.. result.Steps.SelectMany(s => new[] { s.Loss, s.LearningRate, s.GradientNorm }), .. result.Epochs.Select(e => e.ValidationLoss ?? 0)];
        return [.. MemoryMarshal.AsBytes(parameters.Values.Span), .. MemoryMarshal.AsBytes(numbers)];
    }

    private static byte[] Generate(int threads, GenerationOptions options)
    {
        using var model = Model(Config(), WeightQuantization.None, threads);
        using var adapter = TinyAdapters.Random(model.Config, LlamaWeightNames.LinearModules);
        using var generator = new Generator(model, [adapter], threads);
        var prompts = Rows(model.Config).Select((row, i) => new GenerationPrompt(row.Tokens, (ulong)i) { Adapter = i % 2 == 0 ? 0 : GenerationPrompt.NoAdapter }).ToList();
        var answers = generator.Generate(prompts, options);
        return [.. MemoryMarshal.AsBytes<int>(answers.SelectMany(a => a.Tokens).ToArray()), .. MemoryMarshal.AsBytes<float>(answers.SelectMany(a => a.LogProbabilities).ToArray())];
    }

    /// <summary>So many that one or two threads keep packed weights and decode apart, which four do not.</summary>
    private static byte[] ManyRows(int threads)
    {
        using var model = Model(Config(), WeightQuantization.None, threads);
        using var generator = new Generator(model, threads: threads);
        var rows = TinyModels.Rows(36, model.Config.VocabularySize, longest: 6);
        var answers = generator.Generate([.. rows.Select(row => new GenerationPrompt(row.Tokens))], new GenerationOptions { MaxNewTokens = 4 });
        return [.. MemoryMarshal.AsBytes<int>(answers.SelectMany(a => a.Tokens).ToArray()), .. MemoryMarshal.AsBytes<float>(answers.SelectMany(a => a.LogProbabilities).ToArray())];
    }

    private static byte[] Score(int threads)
    {
        using var model = Model(Config(), WeightQuantization.None, threads);
        using var scorer = new Scorer(model, threads: threads);
        return MemoryMarshal.AsBytes<double>(scorer.Score(Rows(model.Config)).Select(s => s.LogProbability).ToArray()).ToArray();
    }

    /// <summary>A model as people have it: from a folder, in bf16.</summary>
    private static LlamaModel Model(LlamaConfig config, WeightQuantization quantization, int threads)
    {
        string folder = Directory.CreateTempSubdirectory("modelops-work-").FullName;
        try
        {
            using (var model = TinyModels.Random(config))
                model.Save(folder);
            return LlamaModel.Load(folder, quantization, threads);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
