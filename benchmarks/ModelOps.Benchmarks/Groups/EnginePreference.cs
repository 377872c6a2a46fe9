using System.Diagnostics;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// Preference training against supervised training of the same tokens: each pair's two conversations as two rows, the answers scored. One
/// epoch, so the reference pass is not spread over several, and it is inside the time.
/// </summary>
internal static class EnginePreference
{
    private const int Pairs = 16;
    private const int PairsPerStep = 8;
    private const int PromptTokens = 96;
    private const int AnswerTokens = 64;

    public static IEnumerable<Measure> Measures(string root)
    {
        yield return new Measure("engine/dpo", "µs/token", "<=", 1.6, () => MicrosecondsPerToken("dpo"), () => MicrosecondsPerToken("sft")) { Pairs = 3 };
    }

    private static double MicrosecondsPerToken(string objective) =>
        EngineProcess.Run("preference", EngineModels.Folder("smol135m"), objective)["microsecondsPerToken"];

    /// <summary><c>preference MODEL sft|dpo</c>: a whole run of LoRA, rank 8 on q, k, v and o; tokens of both answers' rows count once in either.</summary>
    public static Dictionary<string, double> Run(string[] arguments)
    {
        using var model = LlamaModel.Load(arguments[0]);
        bool dpo = arguments[1] == "dpo";
        var pairs = RandomPairs(model.Config.VocabularySize);
        Train(model, pairs[..1], dpo); // compiled once before it is timed
        long start = Stopwatch.GetTimestamp();
        Train(model, pairs, dpo);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new() { ["microsecondsPerToken"] = seconds * 1e6 / (Pairs * 2.0 * (PromptTokens + AnswerTokens)) };
    }

    private static void Train(LlamaModel model, List<PreferenceExample> pairs, bool dpo)
    {
        var options = new TrainingOptions
        {
            LoraRank = 8, LoraAlpha = 16, TargetModules = ["q_proj", "k_proj", "v_proj", "o_proj"], LearningRate = 1e-4,
            BatchSize = dpo ? PairsPerStep : 2 * PairsPerStep, Threads = 2, PreserveDataOrder = true,
        };
        if (dpo)
            PreferenceTrainer.Run(model, pairs, [], options).Adapter!.Dispose();
        else
            SupervisedTrainer.Run(model, [.. pairs.SelectMany(p => new[] { p.Chosen, p.Rejected })], [], options).Adapter!.Dispose();
    }

    private static List<PreferenceExample> RandomPairs(int vocabulary)
    {
        var random = new Random(1);
        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
        return [.. Enumerable.Range(0, Pairs).Select(_ =>
        {
            int[] prompt = Tokens(PromptTokens);
            TrainingExample Side() => new([.. prompt, .. Tokens(AnswerTokens)], [.. Enumerable.Range(0, PromptTokens + AnswerTokens).Select(i => i >= PromptTokens)]);
            return new PreferenceExample(Side(), Side());
        })];
    }
}
