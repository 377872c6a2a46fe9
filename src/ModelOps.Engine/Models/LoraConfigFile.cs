using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Engine.Models;

/// <summary>PEFT's <c>adapter_config.json</c>.</summary>
internal static class LoraConfigFile
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    internal static LoraConfig Read(string path) => ConfigFile.Read(path, "an adapter folder", json => Parse(path, json));

    internal static void Write(LoraConfig config, string path)
    {
        var json = new JsonObject
        {
            ["alpha_pattern"] = new JsonObject(),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.BaseModelName,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = null,
            ["layers_to_transform"] = null,
            ["lora_alpha"] = config.Alpha == Math.Floor(config.Alpha) && config.Alpha < 1e9 ? (int)config.Alpha : JsonValue.Create(config.Alpha),
            ["lora_dropout"] = config.Dropout,
            ["modules_to_save"] = null,
            ["peft_type"] = "LORA",
            ["r"] = config.Rank,
            ["rank_pattern"] = new JsonObject(),
            ["revision"] = null,
            ["target_modules"] = new JsonArray([.. config.TargetModules.Select(m => (JsonNode)JsonValue.Create(m))]),
            ["task_type"] = "CAUSAL_LM",
            ["use_dora"] = false,
            ["use_rslora"] = config.UseRsLora,
        };
        File.WriteAllText(path, json.ToJsonString(s_indented).ReplaceLineEndings("\n") + "\n");
    }

    private static LoraConfig Parse(string path, ConfigReader json)
    {
        json.Require("peft_type", "LORA");
        json.Require("bias", "none");
        json.RequireAbsentOrFalse("use_dora", "fan_in_fan_out", "lora_bias");
        json.RequireNull("modules_to_save", "layers_to_transform", "layers_pattern", "target_parameters");
        foreach (string key in new[] { "rank_pattern", "alpha_pattern" })
            json.RequireEmpty(key);
        var targets = json.TextList("target_modules") ?? throw new ModelFormatException(path, "'target_modules' is missing");
        if (targets is ["all-linear"])
            targets = LlamaWeightNames.LinearModules;
        if (targets.FirstOrDefault(m => !LlamaWeightNames.LinearModules.Contains(m, StringComparer.Ordinal)) is { } unknown)
            throw new UnsupportedModelException(path, "target_modules", $"\"{unknown}\"", string.Join(", ", LlamaWeightNames.LinearModules));
        int rank = json.Int("r");
        if (rank < 1)
            throw new ModelFormatException(path, $"'r' is {rank}; expected 1 or more");
        return new LoraConfig
        {
            Rank = rank,
            Alpha = json.Number("lora_alpha") ?? 8,
            Dropout = json.Number("lora_dropout") ?? 0,
            UseRsLora = json.Flag("use_rslora") ?? false,
            TargetModules = [.. LlamaWeightNames.LinearModules.Where(m => targets.Contains(m, StringComparer.Ordinal))],
            BaseModelName = json.Text("base_model_name_or_path"),
        };
    }
}
