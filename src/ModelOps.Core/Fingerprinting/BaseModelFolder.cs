using System.Runtime.ExceptionServices;
using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Fingerprinting;

/// <summary>Reads what identifies the model in a Hugging Face folder.</summary>
internal sealed class BaseModelFolder(string folder, Func<string, Digest> fileDigest)
{
    // What decides the arithmetic or where text ends. Names, versions, storage types and training-time settings do not.
    private static readonly string[] s_architecture =
    [
        "model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
        "head_dim", "hidden_act", "hidden_activation", "max_position_embeddings", "rms_norm_eps", "layer_norm_eps", "rope_theta",
        "rope_scaling", "rope_parameters", "partial_rotary_factor", "tie_word_embeddings", "attention_bias", "mlp_bias", "qkv_bias",
        "use_qk_norm", "sliding_window", "use_sliding_window", "max_window_layers", "layer_types", "no_rope_layers", "attention_multiplier",
        "embedding_multiplier", "residual_multiplier", "logits_scaling", "attn_logit_softcapping", "final_logit_softcapping",
        "qk_norm", "clip_qkv", "parallel_attn", "rope_interleaved", "num_experts", "num_local_experts", "n_routed_experts",
        "bos_token_id", "eos_token_id", "pad_token_id", "quantization_config",
    ];

    private static readonly string[] s_specialTokens = ["bos_token", "eos_token", "pad_token", "unk_token", "add_bos_token", "add_eos_token"];

    private readonly List<string> _files = [];

    public BaseModelIdentity Identify()
    {
        if (!Directory.Exists(folder))
        {
            throw new DiagnosticException(FingerprintErrors.NoModelFolder(folder));
        }

        JsonItem config = Json("config.json") ?? throw new DiagnosticException(FingerprintErrors.NoConfig(folder));
        string configPath = Path.Combine(folder, "config.json");
        if (!config.TryGet("model_type", out JsonItem type) || type.Kind != JsonKind.String)
        {
            throw new DiagnosticException(FingerprintErrors.InvalidConfig(new SourceLocation(configPath), "'model_type' is missing"));
        }

        KeyFields architecture = Fields(config, s_architecture);
        if (Json("generation_config.json") is { } generation && generation.TryGet("eos_token_id", out JsonItem eos))
        {
            architecture.Add("generation_eos_token_id", eos);
        }

        (Digest tokenizer, Digest template) = IdentifyText();
        Digest weights = Weights();
        var identity = new BaseModelIdentity(default, weights, tokenizer, template, architecture, _files);
        return identity with { Digest = Digest.Of(identity.ToFields().ToCanonicalJson()) };
    }

    public (Digest Tokenizer, Digest ChatTemplate) IdentifyText()
    {
        JsonItem? tokenizerConfig = Json("tokenizer_config.json");
        return (Tokenizer(tokenizerConfig), Digest.Of(Encoding.UTF8.GetBytes(ChatTemplate(tokenizerConfig))));
    }

    private Digest Tokenizer(JsonItem? config)
    {
        string path = Existing("tokenizer.json") ?? throw new DiagnosticException(FingerprintErrors.NoTokenizer(folder));
        var fields = new KeyFields().Add("file", DigestOf(path));
        if (config is { } tokens)
        {
            fields.Add("specialTokens", Fields(tokens, s_specialTokens));
        }

        return Digest.Of(fields.ToCanonicalJson());
    }

    private string ChatTemplate(JsonItem? tokenizerConfig)
    {
        // The separate file wins, as in Transformers.
        if (Existing("chat_template.jinja") is { } path)
        {
            return Encoding.UTF8.GetString(Bytes(path));
        }

        if (tokenizerConfig is { } config && config.TryGet("chat_template", out JsonItem template))
        {
            if (template.Kind == JsonKind.String)
            {
                return template.GetString();
            }

            if (template.Kind == JsonKind.Array)
            {
                foreach (JsonItem named in template.Items())
                {
                    if (named.TryGet("name", out JsonItem name) && name.Kind == JsonKind.String && name.GetString() == "default"
                        && named.TryGet("template", out JsonItem text) && text.Kind == JsonKind.String)
                    {
                        return text.GetString();
                    }
                }
            }
        }

        throw new DiagnosticException(FingerprintErrors.NoChatTemplate(folder));
    }

    private Digest Weights()
    {
        IReadOnlyList<string> parts;
        if (Json("model.safetensors.index.json") is { } index)
        {
            parts = Shards(index);
        }
        else
        {
            parts = [Existing("model.safetensors") ?? throw new DiagnosticException(FingerprintErrors.NoWeights(folder))];
        }

        // A shard to a core; SHA-256 itself has no parallel form.
        var digests = new Digest[parts.Count];
        try
        {
            Parallel.For(0, parts.Count, i => digests[i] = DigestOf(parts[i]));
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }

        return Digest.Of(new KeyFields().Add("files", digests.Select(d => d.ToString())).ToCanonicalJson());
    }

    private List<string> Shards(JsonItem index)
    {
        var at = new SourceLocation(Path.Combine(folder, "model.safetensors.index.json"));
        if (!index.TryGet("weight_map", out JsonItem map) || map.Kind != JsonKind.Object || map.Count == 0)
        {
            throw new DiagnosticException(FingerprintErrors.InvalidConfig(at, "'weight_map' is missing or empty"));
        }

        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JsonMember member in map.Members())
        {
            bool plain = member.Value.Kind == JsonKind.String && Path.GetFileName(member.Value.GetString()) == member.Value.GetString();
            names.Add(plain ? member.Value.GetString() : throw new DiagnosticException(
                FingerprintErrors.InvalidConfig(at, $"'weight_map' has a value for '{member.Name}' that is no file name")));
        }

        return [.. names.Select(n => Existing(n) ?? throw new DiagnosticException(FingerprintErrors.MissingShard(at, n)))];
    }

    private static KeyFields Fields(JsonItem config, string[] names)
    {
        var fields = new KeyFields();
        foreach (string name in names)
        {
            if (config.TryGet(name, out JsonItem value) && value.Kind != JsonKind.Null)
            {
                fields.Add(name, value);
            }
        }

        return fields;
    }

    private JsonItem? Json(string name)
    {
        if (Existing(name) is not { } path)
        {
            return null;
        }

        try
        {
            JsonItem root = JsonTree.Parse(Bytes(path)).Root;
            return root.Kind == JsonKind.Object
                ? root
                : throw new DiagnosticException(FingerprintErrors.InvalidConfig(new SourceLocation(path, 1, 1), "it is not a JSON object"));
        }
        catch (JsonProblemException e)
        {
            throw new DiagnosticException(FingerprintErrors.InvalidConfig(new SourceLocation(path, e.Line, e.Column), e.Problem.Detail), e);
        }
    }

    private string? Existing(string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        _files.Add(path);
        return path;
    }

    private Digest DigestOf(string path)
    {
        ThrowIfPointer(path);
        return Reading(path, fileDigest);
    }

    private static byte[] Bytes(string path)
    {
        ThrowIfPointer(path);
        return Reading(path, File.ReadAllBytes);
    }

    private static void ThrowIfPointer(string path)
    {
        ReadOnlySpan<byte> mark = "version https://git-lfs.github.com/spec/"u8;
        byte[] start = Reading(path, p =>
        {
            using FileStream stream = File.OpenRead(p);
            byte[] buffer = new byte[64];
            return buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        });
        if (start.AsSpan().StartsWith(mark))
        {
            throw new DiagnosticException(FingerprintErrors.LfsPointer(path));
        }
    }

    private static T Reading<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(FingerprintErrors.Unreadable(path, e.Message), e);
        }
    }
}
