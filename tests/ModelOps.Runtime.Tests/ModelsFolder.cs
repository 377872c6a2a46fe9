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
        MakeAdapter(digest, systemPrompt);
    }

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
        Write(folder, new ModelManifest { Id = id, Version = "1.0.7", Kind = ModelManifest.BaseKind, BaseDigest = digest, Files = [] });
        return digest;
    }

    private void MakeAdapter(string digest, string? systemPrompt)
    {
        using (LoraAdapter adapter = LoraAdapter.Create(Config(), new LoraConfig { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "v_proj", "down_proj"] }, seed: 3))
        {
            adapter.Save(Adapter);
        }

        FillB((tensor, i) => (float)Math.Sin(1 + (7.3 * i) + tensor));
        Write(Adapter, new ModelManifest
        {
            Id = AdapterId,
            Version = "1.2.3",
            Kind = ModelManifest.AdapterKind,
            Method = "lora",
            BaseDigest = digest,
            Base = new PackageIdentity(BaseId, "1.0.7"),
            SystemPrompt = systemPrompt,
            Decoding = new DecodingOptions { MaxNewTokens = 12 },
            Files = [],
        });
    }

    /// <summary>Overwrites every <c>lora_B</c>, which a new adapter has as zeros, by the file format alone (8 bytes of length, JSON header, data).</summary>
    public void FillB(Func<int, int, float> value)
    {
        string path = Path.Combine(Adapter, "adapter_model.safetensors");
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

    private static void Write(string folder, ModelManifest manifest) => File.WriteAllBytes(Path.Combine(folder, ModelManifest.FileName), manifest.ToBytes());
}
