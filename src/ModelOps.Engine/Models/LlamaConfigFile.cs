using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Engine.Models;

/// <summary>Hugging Face's <c>config.json</c>: reading refuses by name whatever would change the arithmetic and is not computed here.</summary>
internal static class LlamaConfigFile
{
    internal const string FileName = "config.json";
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    internal static LlamaConfig Read(string path)
    {
        if (!File.Exists(path))
            throw new ModelFormatException(path, "there is no such file; a model folder needs one");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelFormatException(path, "expected a JSON object");
            var config = Parse(new ConfigReader(path, document.RootElement));
            config.Check(path);
            return config;
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(path, $"this is not JSON: {e.Message}", e);
        }
    }

    internal static void Write(LlamaConfig config, string path, StorageFormat storage)
    {
        bool bias = config.ModelType == "llama" && config.QkvBias;
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(config.ModelType switch
            {
                "mistral" => "MistralForCausalLM",
                "qwen2" => "Qwen2ForCausalLM",
                _ => "LlamaForCausalLM",
            }),
            ["attention_bias"] = bias,
            ["bos_token_id"] = config.BosTokenId,
            ["eos_token_id"] = config.EosTokenIds.Count switch
            {
                0 => null,
                1 => JsonValue.Create(config.EosTokenIds[0]),
                _ => new JsonArray([.. config.EosTokenIds.Select(id => (JsonNode)JsonValue.Create(id))]),
            },
            ["head_dim"] = config.HeadSize,
            ["hidden_act"] = "silu",
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["max_position_embeddings"] = config.MaxPositions,
            ["mlp_bias"] = false,
            ["model_type"] = config.ModelType,
            ["num_attention_heads"] = config.HeadCount,
            ["num_hidden_layers"] = config.LayerCount,
            ["num_key_value_heads"] = config.KeyValueHeadCount,
            ["rms_norm_eps"] = (double)(decimal)config.NormEpsilon,
            ["rope_theta"] = config.RopeTheta,
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["torch_dtype"] = storage switch { StorageFormat.F32 => "float32", StorageFormat.BF16 => "bfloat16", _ => "float16" },
            ["vocab_size"] = config.VocabularySize,
        };
        File.WriteAllText(path, json.ToJsonString(s_indented).ReplaceLineEndings("\n") + "\n");
    }

    private static LlamaConfig Parse(ConfigReader json)
    {
        string type = json.Text("model_type") ?? "llama";
        if (type is not ("llama" or "mistral" or "qwen2"))
            throw json.Unsupported("model_type", "llama, mistral, qwen2");
        json.Require("hidden_act", "silu", "silu");
        json.RequireAbsentOrFalse("mlp_bias", "use_sliding_window");
        if (type == "mistral")
            json.RequireNull("sliding_window");
        json.RequireNull("quantization_config");
        json.RequireNull("num_local_experts");
        json.Require("pretraining_tp", 1);
        int hidden = json.Int("hidden_size"), heads = json.Int("num_attention_heads");
        bool attentionBias = json.Flag("attention_bias") ?? false;
        return new LlamaConfig
        {
            ModelType = type,
            HiddenSize = hidden,
            LayerCount = json.Int("num_hidden_layers"),
            HeadCount = heads,
            KeyValueHeadCount = json.IntOrNull("num_key_value_heads") ?? heads,
            HeadSize = json.IntOrNull("head_dim") ?? hidden / Math.Max(1, heads),
            IntermediateSize = json.Int("intermediate_size"),
            VocabularySize = json.Int("vocab_size"),
            NormEpsilon = (float)(json.Number("rms_norm_eps") ?? 1e-6),
            RopeTheta = ReadRopeTheta(json),
            MaxPositions = json.IntOrNull("max_position_embeddings") ?? 2048,
            TieWordEmbeddings = json.Flag("tie_word_embeddings") ?? false,
            QkvBias = type == "qwen2" || attentionBias,
            OutputBias = type != "qwen2" && attentionBias,
            BosTokenId = json.IntOrNull("bos_token_id"),
            EosTokenIds = json.IntOrList("eos_token_id"),
        };
    }

    // Two spellings: rope_theta beside rope_scaling (Transformers 4), or both inside rope_parameters (Transformers 5).
    private static double ReadRopeTheta(ConfigReader json)
    {
        foreach (string key in new[] { "rope_scaling", "rope_parameters" })
        {
            if (json.Object(key) is not { } scaling)
                continue;
            string kind = scaling.Text("rope_type") ?? scaling.Text("type") ?? "default";
            if (kind != "default")
                throw new UnsupportedModelException(json.File, $"{key}.rope_type", $"\"{kind}\"", "default");
            if (scaling.Number("rope_theta") is { } theta)
                return theta;
        }

        return json.Number("rope_theta") ?? 10000;
    }
}
