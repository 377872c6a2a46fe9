using System.Text.Json.Nodes;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Tools;

/// <summary>Axolotl 0.18: one YAML file; <c>axolotl train</c>.</summary>
public sealed class AxolotlTool : TrainingTool
{
    public override string Name => "axolotl";

    public override string Title => "Axolotl";

    public override string Series => "0.18.";

    public override string Distribution => "axolotl";

    public override string Command => "axolotl train";

    public override bool TakesOneMessagePerAnswer => true;

    public override JsonObject Configure(TrainOptions options, ToolPaths paths, string template)
    {
        bool pairs = options.Objective == "dpo";
        var rows = new JsonObject
        {
            ["path"] = $"{paths.Data}/{RowFile}",
            ["ds_type"] = "json",
            ["type"] = pairs ? "chat_template.default" : "chat_template",
            ["field_messages"] = "messages",
            ["message_property_mappings"] = new JsonObject { ["role"] = "role", ["content"] = "content" },
        };
        var config = new JsonObject
        {
            ["base_model"] = paths.Model,
            ["chat_template"] = "tokenizer_default",
            ["datasets"] = new JsonArray(rows),
            ["dataset_prepared_path"] = $"{paths.Data}/prepared",
            ["val_set_size"] = 0,
            ["output_dir"] = paths.Result,
            ["adapter"] = In4Bit(options) ? "qlora" : "lora",
            ["load_in_4bit"] = In4Bit(options),
            ["load_in_8bit"] = In8Bit(options),
            ["lora_r"] = options.LoraRank,
            ["lora_alpha"] = Number(options.LoraAlpha),
            ["lora_dropout"] = Number(options.LoraDropout),
            ["lora_target_modules"] = Modules(options),
            ["peft_use_rslora"] = options.UseRsLora,
            ["sequence_len"] = options.MaxSequenceLength,
            ["sample_packing"] = false,
            ["micro_batch_size"] = options.BatchSize,
            ["gradient_accumulation_steps"] = options.GradientAccumulationSteps,
            ["num_epochs"] = options.Epochs,
            ["learning_rate"] = Number(options.LearningRate),
            ["lr_scheduler"] = Schedule(options),
            ["warmup_ratio"] = Number(options.WarmupRatio),
            ["optimizer"] = "adamw_torch",
            ["weight_decay"] = Number(options.WeightDecay),
            ["max_grad_norm"] = Number(options.MaxGradNorm),
            ["seed"] = options.Seed,
            ["bf16"] = "auto",
            ["logging_steps"] = 1,
            ["save_steps"] = SaveSteps(options),
            ["auto_resume_from_checkpoints"] = true,
        };
        if (pairs)
        {
            rows["field_chosen"] = "chosen";
            rows["field_rejected"] = "rejected";
            config["rl"] = "dpo";
            config["rl_beta"] = Number(options.DpoBeta);
        }
        else
        {
            rows["roles_to_train"] = new JsonArray("assistant");
            rows["train_on_eos"] = "turn";
        }

        if (options.MaxSteps > 0)
        {
            config["max_steps"] = options.MaxSteps;
        }

        return config;
    }
}
