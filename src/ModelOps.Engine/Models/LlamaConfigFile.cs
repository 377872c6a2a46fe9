using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Engine.Models;

/// <summary>Hugging Face's <c>config.json</c>: reading refuses by name whatever would change the arithmetic and is not computed here.</summary>
internal static class LlamaConfigFile
{
    internal const string FileName = "config.json";

    private static readonly Dictionary<string, string> s_architectures = new(StringComparer.Ordinal)
    {
        ["llama"] = "LlamaForCausalLM",
        ["mistral"] = "MistralForCausalLM",
        ["qwen2"] = "Qwen2ForCausalLM",
        ["qwen3"] = "Qwen3ForCausalLM",
    };

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    internal static LlamaConfig Read(string path)
    {
        var config = ConfigFile.Read(path, "a model folder", Parse);
        config.Check(path);
        return config;
    }

    internal static void Write(LlamaConfig config, string path, StorageFormat storage)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(s_architectures.GetValueOrDefault(config.ModelType, "LlamaForCausalLM")),
            ["attention_bias"] = config.ModelType != "qwen2" && config.QkvBias,
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
            ["rope_scaling"] = RopeConfigReader.Write(config.RopeScaling),
            ["rope_theta"] = config.RopeTheta,
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["torch_dtype"] = storage switch { StorageFormat.F32 => "float32", StorageFormat.BF16 => "bfloat16", _ => "float16" },
            ["vocab_size"] = config.VocabularySize,
        };
        if (config.RopeScaling is null)
            json.Remove("rope_scaling");
        File.WriteAllText(path, json.ToJsonString(s_indented).ReplaceLineEndings("\n") + "\n");
    }

    private static LlamaConfig Parse(ConfigReader json)
    {
        string type = json.Text("model_type") ?? throw new ModelFormatException(json.File, "'model_type' is missing");
        if (!s_architectures.ContainsKey(type))
            throw json.Unsupported("model_type", string.Join(", ", s_architectures.Keys));
        RefuseWhatIsNotComputed(json, type);
        int hidden = json.Int("hidden_size"), heads = json.Int("num_attention_heads");
        bool attentionBias = json.Flag("attention_bias") ?? false;
        var (theta, scaling) = RopeConfigReader.Read(json);
        return new LlamaConfig
        {
            ModelType = type,
            HiddenSize = hidden,
            LayerCount = json.Int("num_hidden_layers"),
            HeadCount = heads,
            // Where it is absent, only Llama's default is one key head for each query head.
            KeyValueHeadCount = type == "llama" ? json.IntOrNull("num_key_value_heads") ?? heads : json.Int("num_key_value_heads"),
            HeadSize = json.IntOrNull("head_dim") ?? (type == "qwen3" ? 128 : hidden / Math.Max(1, heads)),
            IntermediateSize = json.Int("intermediate_size"),
            VocabularySize = json.Int("vocab_size"),
            NormEpsilon = (float)(json.Number("rms_norm_eps") ?? 1e-6),
            RopeTheta = theta,
            RopeScaling = scaling,
            MaxPositions = json.IntOrNull("max_position_embeddings") ?? 2048,
            TieWordEmbeddings = json.Flag("tie_word_embeddings") ?? false,
            QkvBias = type == "qwen2" || attentionBias,
            OutputBias = type != "qwen2" && attentionBias,
            QkNorm = type == "qwen3",
            BosTokenId = json.IntOrNull("bos_token_id"),
            EosTokenIds = json.IntOrList("eos_token_id"),
        };
    }

    /// <summary>Options that other models of this shape have: one that is ignored would give wrong answers without a word.</summary>
    private static void RefuseWhatIsNotComputed(ConfigReader json, string type)
    {
        if (json.TextList("architectures") is { Count: > 0 } classes && !classes.Any(c => c.EndsWith("ForCausalLM", StringComparison.Ordinal)))
            throw json.Unsupported("architectures", s_architectures[type]);
        json.Require("hidden_act", "silu", "swish");
        json.RequireAbsentOrFalse("mlp_bias", "use_qk_norm", "qk_norm", "clip_qkv", "parallel_attn");
        json.RequireNull(
            "auto_map", "quantization_config", "num_local_experts", "num_experts", "n_routed_experts", "no_rope_layers", "attn_logit_softcapping", "final_logit_softcapping");
        json.RequireAbsentOrOne("embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling");
        RefuseSlidingWindow(json, type);
    }

    private static void RefuseSlidingWindow(ConfigReader json, string type)
    {
        if (json.TextList("layer_types") is { } layers && layers.Any(l => l != "full_attention"))
            throw json.Unsupported("layer_types", "full_attention");
        bool uses = json.Flag("use_sliding_window") ?? type is not ("qwen2" or "qwen3");
        // A window as long as the longest row hides nothing.
        if (uses && json.IntOrNull("sliding_window") is { } window && window < (json.IntOrNull("max_position_embeddings") ?? int.MaxValue))
            throw json.Unsupported("sliding_window", "null, absent, or max_position_embeddings and more");
    }
}
