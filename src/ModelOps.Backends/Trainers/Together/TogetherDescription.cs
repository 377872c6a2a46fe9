using System.Text.Json.Nodes;

namespace ModelOps.Backends.Trainers.Together;

/// <summary>Together AI's fine-tuning API; <c>docs/providers/together.md</c>.</summary>
public static class TogetherDescription
{
    public static TrainerDescription Trainer { get; } = new()
    {
        Name = "together",
        Title = "Together",
        Url = new Uri("https://api.together.ai/v1"),
        Hosts = ["api.together.ai", "api.together.xyz"],
        KeyVariable = "TOGETHER_API_KEY",
        Weights = TrainedWeights.Downloaded,
        Methods = ["lora", "dpo"],
        Sent = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Epochs"] = "n_epochs", ["BatchSize"] = "batch_size", ["GradientAccumulationSteps"] = "a factor of batch_size", ["LearningRate"] = "learning_rate",
            ["LearningRateSchedule"] = "lr_scheduler", ["WarmupRatio"] = "warmup_ratio", ["MaxGradNorm"] = "max_grad_norm", ["WeightDecay"] = "weight_decay", ["Seed"] = "random_seed",
            ["MaxSequenceLength"] = "max_seq_length", ["LoraRank"] = "training_type.lora_r", ["LoraAlpha"] = "training_type.lora_alpha", ["LoraDropout"] = "training_type.lora_dropout",
            ["LoraTargetModules"] = "training_type.lora_trainable_modules", ["DpoBeta"] = "training_method.dpo_beta",
        },
        NotSent = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["LearningRateMultiplier"] = "it takes LearningRate", ["QuantizationType"] = "it chooses", ["UseRsLora"] = "alpha / r", ["DpoLabelSmoothing"] = "none",
            ["MaxSteps"] = "all epochs are trained", ["EvaluationSteps"] = "validation rows are not sent", ["EarlyStoppingPatience"] = "validation rows are not sent",
            ["EarlyStoppingThreshold"] = "validation rows are not sent", ["LoadBestModelAtEnd"] = "validation rows are not sent", ["PreserveDataOrder"] = "it orders the rows itself",
        },
        MinimumRows = 1,
        Recovery = "the list of jobs, by the suffix, which begins with the key",
        Check = Check,
        CheckRow = CheckRow,
        Translate = Translate,
        Open = connection => new TogetherTrainer(connection),
    };

    private static IEnumerable<SettingProblem> Check(TrainerSettings settings)
    {
        if (settings.Options.Epochs < 1)
        {
            yield return new SettingProblem("Epochs", "a whole number, 1 or more");
        }

        if (settings.Options.Schedule == "constant")
        {
            yield return new SettingProblem("LearningRateSchedule", "cosine or linear");
        }

        if (settings.Options.LoraAlpha != Math.Floor(settings.Options.LoraAlpha) || settings.Options.LoraAlpha > int.MaxValue)
        {
            yield return new SettingProblem("LoraAlpha", "a whole number");
        }

        if (settings.Options.Seed > int.MaxValue)
        {
            yield return new SettingProblem("Seed", $"a whole number from 0 to {int.MaxValue}");
        }
    }

    /// <summary>A system message or none, then user and assistant by turns.</summary>
    private static string? CheckRow(IReadOnlyList<string> roles)
    {
        string[] turns = [.. roles.SkipWhile((role, i) => i == 0 && role == "system")];
        int odd = Array.FindIndex(turns, role => role is not ("user" or "assistant"));
        return odd >= 0 ? $"a message of '{turns[odd]}' is not taken"
            : turns.Where((role, i) => role != (i % 2 == 0 ? "user" : "assistant")).Any() ? "after the system message, user and assistant must take turns" : null;
    }

    private static JsonObject Translate(TrainerSettings settings)
    {
        Core.Protocol.TrainOptions options = settings.Options;
        bool dpo = options.Objective == "dpo";
        return new JsonObject
        {
            ["n_epochs"] = options.Epochs,
            ["batch_size"] = options.BatchSize * options.GradientAccumulationSteps,
            ["learning_rate"] = options.LearningRate,
            ["lr_scheduler"] = new JsonObject
            {
                ["lr_scheduler_type"] = options.Schedule,
                ["lr_scheduler_args"] = options.Schedule == "linear" ? new JsonObject { ["min_lr_ratio"] = 0 } : new JsonObject { ["min_lr_ratio"] = 0, ["num_cycles"] = 0.5 },
            },
            ["warmup_ratio"] = options.WarmupRatio,
            ["max_grad_norm"] = options.MaxGradNorm,
            ["weight_decay"] = options.WeightDecay,
            ["random_seed"] = (long)options.Seed,
            ["max_seq_length"] = options.MaxSequenceLength,
            ["training_method"] = dpo ? new JsonObject { ["method"] = "dpo", ["dpo_beta"] = options.DpoBeta } : new JsonObject { ["method"] = "sft", ["train_on_inputs"] = false },
            ["training_type"] = new JsonObject
            {
                ["type"] = "Lora",
                ["lora_r"] = options.LoraRank,
                ["lora_alpha"] = (long)options.LoraAlpha,
                ["lora_dropout"] = options.LoraDropout,
                ["lora_trainable_modules"] = string.Join(',', options.TargetModules.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal)),
            },
        };
    }
}
