using System.Text.Json.Nodes;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Tools;

/// <summary>LLaMA-Factory 0.9: one YAML file and <c>dataset_info.json</c> beside the rows; <c>llamafactory-cli train</c>.</summary>
public sealed class LlamaFactoryTool : TrainingTool
{
    private const string Dataset = "modelops";

    public override string Name => "llamafactory";

    public override string Title => "LLaMA-Factory";

    public override string Series => "0.9.";

    public override string Distribution => "llamafactory";

    public override string Command => "llamafactory-cli train";

    public override bool NeedsTemplateName => true;

    public override bool TakesOneMessagePerAnswer => true;

    public override IEnumerable<ToolProblem> Check(TrainOptions options)
    {
        foreach (ToolProblem problem in base.Check(options))
        {
            yield return problem;
        }

        if (options.UseRsLora)
        {
            yield return new ToolProblem("UseRsLora", "no option of it is known to mean this");
        }

        if (options.Method == "qlora")
        {
            yield return new ToolProblem("FineTuneMethod", "its way to hold the base model quantised is not that of QuantizationType; use lora or dpo");
        }
    }

    public override JsonObject Configure(TrainOptions options, ToolPaths paths, string template)
    {
        var config = new JsonObject
        {
            ["model_name_or_path"] = paths.Model,
            ["trust_remote_code"] = false,
            ["stage"] = options.Objective,
            ["do_train"] = true,
            ["finetuning_type"] = "lora",
            ["lora_rank"] = options.LoraRank,
            ["lora_alpha"] = Number(options.LoraAlpha),
            ["lora_dropout"] = Number(options.LoraDropout),
            ["lora_target"] = string.Join(',', Modules(options).Select(m => m!.GetValue<string>())),
            ["dataset"] = Dataset,
            ["dataset_dir"] = paths.Data,
            ["template"] = template,
            ["cutoff_len"] = options.MaxSequenceLength,
            ["output_dir"] = paths.Result,
            ["overwrite_output_dir"] = true,
            ["logging_steps"] = 1,
            ["save_steps"] = SaveSteps(options),
            ["report_to"] = "none",
            ["per_device_train_batch_size"] = options.BatchSize,
            ["gradient_accumulation_steps"] = options.GradientAccumulationSteps,
            ["learning_rate"] = Number(options.LearningRate),
            ["num_train_epochs"] = options.Epochs,
            ["lr_scheduler_type"] = Schedule(options),
            ["warmup_ratio"] = Number(options.WarmupRatio),
            ["weight_decay"] = Number(options.WeightDecay),
            ["max_grad_norm"] = Number(options.MaxGradNorm),
            ["optim"] = "adamw_torch",
            ["seed"] = options.Seed,
            ["bf16"] = true,
        };
        if (options.Objective == "dpo")
        {
            config["pref_beta"] = Number(options.DpoBeta);
            config["pref_loss"] = "sigmoid";
        }

        if (options.MaxSteps > 0)
        {
            config["max_steps"] = options.MaxSteps;
        }

        return config;
    }

    public override IEnumerable<(string Name, JsonObject Content)> DataFiles(TrainOptions options)
    {
        bool pairs = options.Objective == "dpo";
        var columns = new JsonObject { ["messages"] = "messages" };
        if (pairs)
        {
            columns["chosen"] = "chosen";
            columns["rejected"] = "rejected";
        }

        yield return ("dataset_info.json", new JsonObject
        {
            [Dataset] = new JsonObject
            {
                ["file_name"] = RowFile,
                ["formatting"] = "sharegpt",
                ["ranking"] = pairs,
                ["columns"] = columns,
                ["tags"] = new JsonObject { ["role_tag"] = "role", ["content_tag"] = "content", ["user_tag"] = "user", ["assistant_tag"] = "assistant", ["system_tag"] = "system" },
            },
        });
    }
}
