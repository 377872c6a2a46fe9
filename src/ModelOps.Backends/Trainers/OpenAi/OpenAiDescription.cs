using System.Text.Json.Nodes;

namespace ModelOps.Backends.Trainers.OpenAi;

/// <summary>OpenAI's fine-tuning API; <c>docs/providers/openai.md</c>.</summary>
public static class OpenAiDescription
{
    internal const string Auto = "auto";

    public static TrainerDescription Trainer { get; } = new()
    {
        Name = "openai",
        Title = "OpenAI",
        Url = new Uri("https://api.openai.com/v1"),
        Hosts = ["api.openai.com"],
        KeyVariable = "OPENAI_API_KEY",
        Weights = TrainedWeights.Kept,
        Methods = ["lora", "dpo"],
        Sent = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Epochs"] = "n_epochs", ["BatchSize"] = "batch_size", ["LearningRateMultiplier"] = "learning_rate_multiplier", ["DpoBeta"] = "beta", ["Seed"] = "seed",
        },
        NotSent = NotSentSettings(),
        MinimumRows = 10,
        Recovery = "the list of jobs, filtered by the key in their metadata",
        MaxTokensMember = "max_completion_tokens",
        WindDown = "self-serve fine-tuning ends: by what is reported (not confirmed by a page of OpenAI's that could be read), nobody can create a job from 2027-01-06 on, and tuned models end with their base model.",
        Check = Check,
        Translate = Translate,
        Open = connection => new OpenAiTrainer(connection),
    };

    internal static SortedDictionary<string, string> NotSentSettings() => new(StringComparer.Ordinal)
    {
        ["LearningRate"] = "it takes a factor on a rate of its own, LearningRateMultiplier; unset: it chooses",
        ["LearningRateSchedule"] = "it chooses", ["WarmupRatio"] = "it chooses", ["MaxGradNorm"] = "it chooses", ["WeightDecay"] = "it chooses",
        ["LoraRank"] = "it does not say what it trains", ["LoraAlpha"] = "it does not say what it trains", ["LoraDropout"] = "it does not say what it trains",
        ["LoraTargetModules"] = "it does not say what it trains", ["UseRsLora"] = "it does not say what it trains", ["QuantizationType"] = "it does not say what it trains",
        ["DpoLabelSmoothing"] = "none", ["MaxSteps"] = "all epochs are trained", ["GradientAccumulationSteps"] = "a batch is a batch", ["MaxSequenceLength"] = "that of the model",
        ["EvaluationSteps"] = "validation rows are not sent", ["EarlyStoppingPatience"] = "validation rows are not sent", ["EarlyStoppingThreshold"] = "validation rows are not sent",
        ["LoadBestModelAtEnd"] = "validation rows are not sent", ["PreserveDataOrder"] = "it orders the rows itself",
    };

    internal static IEnumerable<SettingProblem> Check(TrainerSettings settings)
    {
        if (settings.Options.Epochs is < 1 or > 50)
        {
            yield return new SettingProblem("Epochs", "a whole number from 1 to 50");
        }

        if (settings.Options.BatchSize > 256)
        {
            yield return new SettingProblem("BatchSize", "a whole number from 1 to 256");
        }

        if (settings.Options.Seed > int.MaxValue)
        {
            yield return new SettingProblem("Seed", $"a whole number from 0 to {int.MaxValue}");
        }

        if (settings.Options is { Objective: "dpo", DpoBeta: > 2 })
        {
            yield return new SettingProblem("DpoBeta", "a number above 0, at most 2");
        }
    }

    internal static JsonObject Translate(TrainerSettings settings)
    {
        bool dpo = settings.Options.Objective == "dpo";
        var hyperparameters = new JsonObject
        {
            ["n_epochs"] = settings.Options.Epochs,
            ["batch_size"] = settings.Options.BatchSize,
            ["learning_rate_multiplier"] = settings.LearningRateMultiplier is { } factor ? factor : Auto,
        };
        if (dpo)
        {
            hyperparameters["beta"] = settings.Options.DpoBeta;
        }

        string method = dpo ? "dpo" : "supervised";
        return new JsonObject
        {
            ["seed"] = (long)settings.Options.Seed,
            ["method"] = new JsonObject { ["type"] = method, [method] = new JsonObject { ["hyperparameters"] = hyperparameters } },
        };
    }
}
