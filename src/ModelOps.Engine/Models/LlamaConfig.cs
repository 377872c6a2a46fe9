namespace ModelOps.Engine.Models;

/// <summary>The architecture of a Llama-family decoder: what <c>config.json</c> says, reduced to what the arithmetic depends on.</summary>
public sealed record LlamaConfig
{
    /// <summary>Width of the residual stream (C).</summary>
    public required int HiddenSize { get; init; }

    public required int LayerCount { get; init; }

    /// <summary>Query heads (H).</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads; divides <see cref="HeadCount"/> (grouped-query attention).</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of one head (D), even; independent of the hidden size.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Width of the SwiGLU layer (F).</summary>
    public required int IntermediateSize { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Added to the mean square under the root of every RMSNorm.</summary>
    public float NormEpsilon { get; init; } = 1e-6f;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>How the rotary frequencies are scaled; null for not at all.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Longest sequence the model was made for.</summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>The output head is the embedding matrix.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>q, k and v projections have a bias (Qwen2).</summary>
    public bool QkvBias { get; init; }

    /// <summary>The o projection has a bias (Llama's <c>attention_bias</c>).</summary>
    public bool OutputBias { get; init; }

    /// <summary>Every query and key head goes through an RMSNorm before it is rotated (Qwen3).</summary>
    public bool QkNorm { get; init; }

    /// <summary><c>model_type</c>, as written to <c>config.json</c>.</summary>
    public string ModelType { get; init; } = "llama";

    /// <summary>Begin-of-sequence token id, or null.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>End-of-sequence token ids; possibly empty.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Width of all query heads together.</summary>
    public int QuerySize => HeadCount * HeadSize;

    /// <summary>Width of all key (or value) heads together.</summary>
    public int KeyValueSize => KeyValueHeadCount * HeadSize;

    /// <summary>Number of weights, a tied head counted once.</summary>
    public long ParameterCount => LlamaWeightNames.All(this).Sum(w => w.Shape.Aggregate(1L, (a, b) => a * b));

    /// <summary>Reads <c>config.json</c> of a Hugging Face model folder.</summary>
    /// <exception cref="UnsupportedModelException">The architecture or an option is none of ours.</exception>
    /// <exception cref="ModelFormatException">The file is missing or malformed.</exception>
    public static LlamaConfig Load(string folder) => LlamaConfigFile.Read(Path.Combine(folder, LlamaConfigFile.FileName));

    /// <summary>Writes <c>config.json</c> into <paramref name="folder"/>.</summary>
    public void Save(string folder, StorageFormat storage) => LlamaConfigFile.Write(this, Path.Combine(folder, LlamaConfigFile.FileName), storage);

    internal void Check(string file)
    {
        Positive(file, "hidden_size", HiddenSize);
        Positive(file, "num_hidden_layers", LayerCount);
        Positive(file, "num_attention_heads", HeadCount);
        Positive(file, "num_key_value_heads", KeyValueHeadCount);
        Positive(file, "head_dim", HeadSize);
        Positive(file, "intermediate_size", IntermediateSize);
        Positive(file, "vocab_size", VocabularySize);
        Positive(file, "max_position_embeddings", MaxPositions);
        if (HeadCount % KeyValueHeadCount != 0)
            throw new ModelFormatException(file, $"num_attention_heads ({HeadCount}) is no multiple of num_key_value_heads ({KeyValueHeadCount})");
        if (HeadSize % 2 != 0)
            throw new ModelFormatException(file, $"head_dim is {HeadSize}; rotary position embedding needs an even number");
        if (!(NormEpsilon > 0) || !(RopeTheta > 0) || !double.IsFinite(RopeTheta))
            throw new ModelFormatException(file, "rms_norm_eps and rope_theta must be positive");
    }

    private static void Positive(string file, string key, int value)
    {
        if (value <= 0)
            throw new ModelFormatException(file, $"'{key}' is {value}; expected a positive number");
    }
}
