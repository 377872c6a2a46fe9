using System.Text.Json.Nodes;

namespace ModelOps.Conformance;

/// <summary>
/// A Hugging Face folder of 15,000 weights, made from a fixed seed: a Llama decoder of two layers, bytes for tokens, a ChatML template. Heads
/// are wider than hidden size over heads, two query heads share a key head, and the output head is not tied: what a worker that guesses gets wrong.
/// </summary>
internal sealed class TinyFolder
{
    public const int Hidden = 16, Layers = 2, Heads = 4, KeyHeads = 2, HeadSize = 8, Inner = 24, Vocabulary = 259, Positions = 256;
    public const double NormEpsilon = 1e-5, RopeTheta = 10000;
    private const double Deviation = 0.25;

    /// <summary>Linear layers in PEFT's words: where they are, and [out, in].</summary>
    public static readonly IReadOnlyList<(string Block, string Name, int Out, int In)> Linear =
    [
        ("self_attn", "q_proj", Heads * HeadSize, Hidden), ("self_attn", "k_proj", KeyHeads * HeadSize, Hidden), ("self_attn", "v_proj", KeyHeads * HeadSize, Hidden),
        ("self_attn", "o_proj", Hidden, Heads * HeadSize), ("mlp", "gate_proj", Inner, Hidden), ("mlp", "up_proj", Inner, Hidden), ("mlp", "down_proj", Hidden, Inner),
    ];

    private TinyFolder(string path, Dictionary<string, Tensor> weights)
    {
        FullPath = path;
        Weights = weights;
    }

    public string FullPath { get; }

    public Dictionary<string, Tensor> Weights { get; }

    public long ParameterCount => Weights.Values.Sum(w => w.Values.LongLength);

    public static TinyFolder Write(string folder, float poison = 0)
    {
        Directory.CreateDirectory(folder);
        string weights = Path.Combine(folder, "model.safetensors");
        var random = new Random(20);
        TensorFile.Write(weights, Names().Select(w => (w.Name, w.Shape, Draw(w, random, poison))));
        File.WriteAllText(Path.Combine(folder, "config.json"), Config().ToJsonString());
        ByteTokens.Write(folder);
        return new TinyFolder(folder, TensorFile.Read(weights));
    }

    /// <summary>The same folder in another place, for changing it.</summary>
    public string CopyTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(FullPath))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    public static IEnumerable<(string Name, long[] Shape)> Names()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        for (int layer = 0; layer < Layers; layer++)
        {
            yield return ($"model.layers.{layer}.input_layernorm.weight", [Hidden]);
            yield return ($"model.layers.{layer}.post_attention_layernorm.weight", [Hidden]);
            foreach (var (block, name, rows, columns) in Linear)
            {
                yield return ($"model.layers.{layer}.{block}.{name}.weight", [rows, columns]);
            }
        }

        yield return ("model.norm.weight", [Hidden]);
        yield return ("lm_head.weight", [Vocabulary, Hidden]);
    }

    private static float[] Draw((string Name, long[] Shape) weight, Random random, float poison)
    {
        var values = new float[weight.Shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            // Twelve uniform numbers: near enough to normal, and the same on every system.
            double normal = Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
            values[i] = (float)(weight.Shape.Length == 1 ? 1 + 0.1 * normal : Deviation * normal);
        }

        if (poison != 0 && weight.Name == "model.norm.weight")
        {
            values[0] = poison;
        }

        return values;
    }

    private static JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"), ["model_type"] = "llama", ["hidden_act"] = "silu", ["hidden_size"] = Hidden, ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads, ["num_key_value_heads"] = KeyHeads, ["head_dim"] = HeadSize, ["intermediate_size"] = Inner, ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = Positions, ["rms_norm_eps"] = NormEpsilon, ["rope_theta"] = RopeTheta, ["tie_word_embeddings"] = false, ["attention_bias"] = false, ["mlp_bias"] = false,
        ["bos_token_id"] = null, ["eos_token_id"] = ByteTokens.EndOfTurn, ["torch_dtype"] = "float32",
    };
}
