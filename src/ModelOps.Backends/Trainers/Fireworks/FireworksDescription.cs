using System.Text.Json.Nodes;

namespace ModelOps.Backends.Trainers.Fireworks;

/// <summary>Fireworks' fine-tuning API; <c>docs/providers/fireworks.md</c>.</summary>
public static class FireworksDescription
{
    /// <summary>Account ids are no secrets, but they are nobody's business either: like the key they come from the environment.</summary>
    internal const string AccountVariable = "FIREWORKS_ACCOUNT_ID";

    public static TrainerDescription Trainer { get; } = new()
    {
        Name = "fireworks",
        Title = "Fireworks",
        Url = new Uri("https://api.fireworks.ai/v1"),
        Hosts = ["api.fireworks.ai"],
        KeyVariable = "FIREWORKS_API_KEY",
        Weights = TrainedWeights.Downloaded,
        Methods = ["lora", "dpo"],
        Sent = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Epochs"] = "epochs", ["LearningRate"] = "learningRate", ["LoraRank"] = "loraRank", ["MaxSequenceLength"] = "maxContextLength", ["DpoBeta"] = "lossConfig.dpo.beta",
            ["BatchSize"] = "batchSizeSamples", ["GradientAccumulationSteps"] = "gradientAccumulationSteps", ["WeightDecay"] = "optimizerWeightDecay",
        },
        NotSent = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["LearningRateMultiplier"] = "it takes LearningRate", ["LearningRateSchedule"] = "it chooses", ["WarmupRatio"] = "it takes steps, and chooses", ["MaxGradNorm"] = "it chooses",
            ["LoraAlpha"] = "it chooses", ["LoraDropout"] = "it chooses", ["LoraTargetModules"] = "it chooses", ["UseRsLora"] = "it chooses", ["QuantizationType"] = "it chooses",
            ["DpoLabelSmoothing"] = "none", ["MaxSteps"] = "all epochs are trained", ["Seed"] = "it has none", ["EvaluationSteps"] = "validation rows are not sent",
            ["EarlyStoppingPatience"] = "validation rows are not sent", ["EarlyStoppingThreshold"] = "validation rows are not sent", ["LoadBestModelAtEnd"] = "validation rows are not sent",
            ["PreserveDataOrder"] = "it orders the rows itself",
        },
        MinimumRows = 3,
        Recovery = "its own id, which begins with the key",
        NamesJobs = true,
        Check = Check,
        Translate = Translate,
        Open = connection => new FireworksTrainer(connection),
    };

    private static IEnumerable<SettingProblem> Check(TrainerSettings settings)
    {
        if (settings.Options.Epochs < 1)
        {
            yield return new SettingProblem("Epochs", "a whole number, 1 or more");
        }

        if (settings.Options.LoraRank is < 4 or > 64)
        {
            yield return new SettingProblem("LoraRank", "a whole number from 4 to 64");
        }

        if (settings.Options is { Objective: "dpo", DpoBeta: >= 0.5 })
        {
            yield return new SettingProblem("DpoBeta", "a number above 0, below 0.5");
        }
    }

    // The body of a job without names; a DPO job has the training's part in a member of its own.
    private static JsonObject Translate(TrainerSettings settings)
    {
        var training = new JsonObject
        {
            ["epochs"] = settings.Options.Epochs,
            ["learningRate"] = settings.Options.LearningRate,
            ["loraRank"] = settings.Options.LoraRank,
            ["maxContextLength"] = settings.Options.MaxSequenceLength,
            ["batchSizeSamples"] = settings.Options.BatchSize,
            ["gradientAccumulationSteps"] = settings.Options.GradientAccumulationSteps,
            ["optimizerWeightDecay"] = settings.Options.WeightDecay,
        };
        return settings.Options.Objective != "dpo" ? training : new JsonObject
        {
            // The default is said to be DPO in one place and another in the next, so it is always named.
            ["lossConfig"] = new JsonObject { ["method"] = "DPO", ["dpo"] = new JsonObject { ["beta"] = settings.Options.DpoBeta } },
            ["trainingConfig"] = training,
        };
    }
}
