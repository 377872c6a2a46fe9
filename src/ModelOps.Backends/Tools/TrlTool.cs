using System.Text.Json.Nodes;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Tools;

/// <summary>TRL 1.10: one YAML file; <c>trl sft --config</c> or <c>trl dpo --config</c>.</summary>
public sealed class TrlTool : TrainingTool
{
    public override string Name => "trl";

    public override string Title => "TRL";

    public override string Series => "1.10.";

    public override string Distribution => "trl";

    /// <summary>The verb is the objective's word.</summary>
    public override string Command => "trl {objective} --config";

    public override JsonObject Configure(TrainOptions options, ToolPaths paths, string template)
    {
        var config = new JsonObject
        {
            ["model_name_or_path"] = paths.Model,
            ["datasets"] = new JsonArray(new JsonObject { ["path"] = "json", ["data_files"] = $"{paths.Data}/{RowFile}" }),
            ["output_dir"] = paths.Result,
            ["use_peft"] = true,
            ["lora_r"] = options.LoraRank,
            ["lora_alpha"] = Number(options.LoraAlpha),
            ["lora_dropout"] = Number(options.LoraDropout),
            ["lora_target_modules"] = Modules(options),
            ["use_rslora"] = options.UseRsLora,
            ["load_in_4bit"] = In4Bit(options),
            ["load_in_8bit"] = In8Bit(options),
            ["max_length"] = options.MaxSequenceLength,
            ["per_device_train_batch_size"] = options.BatchSize,
            ["gradient_accumulation_steps"] = options.GradientAccumulationSteps,
            ["num_train_epochs"] = options.Epochs,
            ["learning_rate"] = Number(options.LearningRate),
            ["lr_scheduler_type"] = Schedule(options),
            ["warmup_ratio"] = Number(options.WarmupRatio),
            ["optim"] = "adamw_torch",
            ["weight_decay"] = Number(options.WeightDecay),
            ["max_grad_norm"] = Number(options.MaxGradNorm),
            ["seed"] = options.Seed,
            ["logging_steps"] = 1,
            ["save_steps"] = SaveSteps(options),
            ["report_to"] = "none",
        };
        if (options.Objective == "dpo")
        {
            config["beta"] = Number(options.DpoBeta);
        }
        else
        {
            config["assistant_only_loss"] = true;
            config["packing"] = false;
        }

        if (options.MaxSteps > 0)
        {
            config["max_steps"] = options.MaxSteps;
        }

        return config;
    }
}
