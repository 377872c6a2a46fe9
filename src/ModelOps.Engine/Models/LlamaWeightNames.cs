namespace ModelOps.Engine.Models;

/// <summary>A weight's Hugging Face name and shape ([out, in] for a matrix).</summary>
internal readonly record struct WeightInfo(string Name, int[] Shape);

/// <summary>The tensors of a Llama-family checkpoint, in the order of the computation.</summary>
internal static class LlamaWeightNames
{
    internal const string Embedding = "model.embed_tokens.weight";
    internal const string FinalNorm = "model.norm.weight";
    internal const string Head = "lm_head.weight";

    /// <summary>The linear layers of a decoder layer that an adapter may target, in PEFT's words.</summary>
    internal static readonly string[] LinearModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    internal static string Module(int layer, string module) =>
        $"model.layers.{layer}.{(module is "gate_proj" or "up_proj" or "down_proj" ? "mlp" : "self_attn")}.{module}";

    /// <summary>Whether a tensor is the matrix of a linear module, and not embedding, head or norm.</summary>
    internal static bool IsLinear(string tensor) => LinearModules.Any(m => tensor.EndsWith($".{m}.weight", StringComparison.Ordinal));

    internal static string InputNorm(int layer) => $"model.layers.{layer}.input_layernorm.weight";

    internal static string PostNorm(int layer) => $"model.layers.{layer}.post_attention_layernorm.weight";

    /// <summary>The norm of a head's queries (<c>q_norm</c>) or keys (<c>k_norm</c>).</summary>
    internal static string HeadNorm(int layer, string norm) => $"model.layers.{layer}.self_attn.{norm}.weight";

    /// <summary>[out, in] of a linear module.</summary>
    internal static (int Out, int In) Shape(LlamaConfig c, string module) => module switch
    {
        "q_proj" => (c.QuerySize, c.HiddenSize),
        "k_proj" or "v_proj" => (c.KeyValueSize, c.HiddenSize),
        "o_proj" => (c.HiddenSize, c.QuerySize),
        "gate_proj" or "up_proj" => (c.IntermediateSize, c.HiddenSize),
        "down_proj" => (c.HiddenSize, c.IntermediateSize),
        _ => throw new ArgumentException($"no linear module is named '{module}'", nameof(module)),
    };

    internal static bool HasBias(LlamaConfig c, string module) => module switch
    {
        "q_proj" or "k_proj" or "v_proj" => c.QkvBias,
        "o_proj" => c.OutputBias,
        _ => false,
    };

    internal static IEnumerable<WeightInfo> All(LlamaConfig c)
    {
        yield return new(Embedding, [c.VocabularySize, c.HiddenSize]);
        for (int layer = 0; layer < c.LayerCount; layer++)
        {
            yield return new(InputNorm(layer), [c.HiddenSize]);
            foreach (string module in LinearModules)
            {
                if (module == "gate_proj")
                    yield return new(PostNorm(layer), [c.HiddenSize]);
                var (rows, columns) = Shape(c, module);
                yield return new(Module(layer, module) + ".weight", [rows, columns]);
                if (HasBias(c, module))
                    yield return new(Module(layer, module) + ".bias", [rows]);
                if (c.QkNorm && module is "q_proj" or "k_proj")
                    yield return new(HeadNorm(layer, module == "q_proj" ? "q_norm" : "k_norm"), [c.HeadSize]);
            }
        }

        yield return new(FinalNorm, [c.HiddenSize]);
        if (!c.TieWordEmbeddings)
            yield return new(Head, [c.VocabularySize, c.HiddenSize]);
    }
}
