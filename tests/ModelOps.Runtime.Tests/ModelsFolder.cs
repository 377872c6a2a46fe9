using System.Buffers.Binary;
using System.Text.Json;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Models;

namespace ModelOps.Runtime.Tests;

/// <summary>What lies beside an app: <c>models/</c> with a random base model of a few thousand weights and an adapter on it. Its answers mean nothing;
/// that they are the engine's own is what the tests ask.</summary>
internal sealed class ModelsFolder : IDisposable
{
    public const string BaseId = "BaseModel.tiny";
    public const string AdapterId = "Contoso.TicketTriage";
    private static readonly string s_tinyBase = Path.Combine(SourceTree.Root, "sample-repo", "models", "tiny-base");
    private static readonly string[] s_text = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json"];
    private readonly TemporaryFolder _folder = new();

    /// <param name="systemPrompt">That of the adapter's manifest.</param>
    public ModelsFolder(string? systemPrompt = "Triage the ticket.")
    {
        string digest = MakeBase(BaseId, seed: 1);
        BaseDigest = digest;
        MakeAdapter(AdapterId, "1.2.3", systemPrompt);
    }

    public string BaseDigest { get; }

    public string Root => _folder[""];

    public string Base => _folder[BaseId];

    public string Adapter => _folder[AdapterId];

    public string this[string file] => _folder[file];

    /// <summary>A base model with a manifest; returns its identity.</summary>
    public string MakeBase(string id, ulong seed)
    {
        string folder = Directory.CreateDirectory(_folder[id]).FullName;
        using (LlamaModel model = LlamaModel.CreateRandom(Config(), seed))
        {
            model.Save(folder, StorageFormat.F32);
        }

        Array.ForEach(s_text, name => File.Copy(Path.Combine(s_tinyBase, name), Path.Combine(folder, name), overwrite: true));
        string digest = BaseModelIdentity.Compute(folder).Digest.ToString();
        Write(folder, new ModelManifest { Id = id, Version = "1.0.7", Kind = ModelManifest.BaseKind, BaseDigest = digest, Files = Payload(folder) });
        return digest;
    }

    /// <summary>An adapter on <see cref="Base"/> in a folder of its own; another seed, other weights.</summary>
    public string MakeAdapter(string id, string version, string? systemPrompt = null, int seed = 0, string? folder = null, DecodingOptions? decoding = null)
    {
        folder ??= _folder[id];
        using (LoraAdapter adapter = LoraAdapter.Create(Config(), new LoraConfig { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "v_proj", "down_proj"] }, seed: 3))
        {
            adapter.Save(folder);
        }

        FillB((tensor, i) => (float)Math.Sin(1 + (7.3 * i) + tensor + (1.7 * seed)), folder);
        var text = BaseModelIdentity.ComputeText(Base);
        Write(folder, new ModelManifest
        {
            Id = id,
            Version = version,
            Kind = ModelManifest.AdapterKind,
            Method = "lora",
            BaseDigest = BaseDigest,
            Base = new PackageIdentity(BaseId, "1.0.7"),
            TemplateDigest = text.ChatTemplate.ToString(),
            TokenizerDigest = text.Tokenizer.ToString(),
            SystemPrompt = systemPrompt,
            Decoding = decoding ?? new DecodingOptions { MaxNewTokens = 12 },
            Files = Payload(folder),
        });
        return folder;
    }

    /// <summary>Writes the manifest once more, over the files that are there now.</summary>
    public static void Rewrite(string folder, Func<ModelManifest, ModelManifest>? change = null)
    {
        ModelManifest manifest = ModelManifest.Read(Path.Combine(folder, ModelManifest.FileName)) with { Files = Payload(folder) };
        Write(folder, change is null ? manifest : change(manifest));
    }

    /// <summary>Overwrites every <c>lora_B</c>, which a new adapter has as zeros, by the file format alone (8 bytes of length, JSON header, data).</summary>
    public void FillB(Func<int, int, float> value, string? folder = null)
    {
        string path = Path.Combine(folder ?? Adapter, "adapter_model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, header));
        int tensor = 0;
        foreach (JsonProperty entry in json.RootElement.EnumerateObject().Where(e => e.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)))
        {
            int from = entry.Value.GetProperty("data_offsets")[0].GetInt32();
            int to = entry.Value.GetProperty("data_offsets")[1].GetInt32();
            for (int at = from; at < to; at += sizeof(float))
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + header + at), value(tensor, (at - from) / sizeof(float)));
            }

            tensor++;
        }

        Assert.True(tensor > 0);
        File.WriteAllBytes(path, bytes);
    }

    public void Dispose() => _folder.Dispose();

    private static LlamaConfig Config() => LlamaConfig.Load(s_tinyBase) with
    {
        HiddenSize = 32,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 8,
        IntermediateSize = 48,
        MaxPositions = 128,
    };

    private static IReadOnlyList<PackagedFile> Payload(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != ModelManifest.FileName).Order(StringComparer.Ordinal)
            .Select(file => new PackagedFile($"model/{Path.GetFileName(file)}", Core.Artifacts.Digest.OfFile(file).ToString(), new FileInfo(file).Length))];

    private static void Write(string folder, ModelManifest manifest) => File.WriteAllBytes(Path.Combine(folder, ModelManifest.FileName), manifest.ToBytes());
}
