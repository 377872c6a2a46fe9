using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume.Tests;

/// <summary>Restored packages in a temporary folder: a base model, small but whole, and an adapter on it.</summary>
internal sealed class PackageFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PackageFolder()
    {
        BaseRoot = MakeBase("base", "BaseModel.tiny", "weights of the base");
        BaseDigest = BaseModelIdentity.Compute(Path.Combine(BaseRoot, "model")).Digest;
        AdapterRoot = MakeAdapter("adapter", BaseDigest);
    }

    public string BaseRoot { get; }

    public Digest BaseDigest { get; }

    public string AdapterRoot { get; }

    public string this[string file] => _folder[file];

    public string MakeBase(string folder, string id, string weights)
    {
        _folder.Write($"{folder}/model/config.json", """{"model_type":"llama","vocab_size":16,"hidden_size":4}""");
        _folder.Write($"{folder}/model/tokenizer.json", """{"version":"1.0"}""");
        _folder.Write($"{folder}/model/chat_template.jinja", "{{ messages }}");
        _folder.Write($"{folder}/model/model.safetensors", weights);
        string root = _folder[folder];
        WriteManifest(root, new ModelManifest
        {
            Id = id,
            Version = "1.0.7",
            Kind = ModelManifest.BaseKind,
            BaseDigest = BaseModelIdentity.Compute(Path.Combine(root, "model")).Digest.ToString(),
            Files = PackagedFile.Describe(root),
        });
        return root;
    }

    public string MakeAdapter(string folder, Digest baseDigest)
    {
        _folder.Write($"{folder}/model/adapter_config.json", """{"peft_type":"LORA","r":4}""");
        _folder.Write($"{folder}/model/adapter_model.safetensors", string.Concat(Enumerable.Range(0, 200).Select(i => $"tensor {i} ")));
        _folder.Write($"{folder}/lineage/eval.json", """{"format":1,"subjects":[]}""");
        _folder.Write($"{folder}/report/README.md", "# Contoso.TicketTriage 1.0.0\n");
        string root = _folder[folder];
        WriteManifest(root, new ModelManifest
        {
            Id = "Contoso.TicketTriage",
            Version = "1.0.0",
            Kind = ModelManifest.AdapterKind,
            Method = "lora",
            BaseDigest = baseDigest.ToString(),
            Base = new PackageIdentity("BaseModel.tiny", "1.0.7"),
            Files = PackagedFile.Describe(root),
        });
        return root;
    }

    public static void WriteManifest(string root, ModelManifest manifest) => File.WriteAllBytes(ManifestOf(root), manifest.ToBytes());

    public static string ManifestOf(string root) => Path.Combine(root, "model", ModelManifest.FileName);

    /// <summary>As the package's own targets name it.</summary>
    public static RestoredPackage Restored(string root) => new(root, Digest.OfFile(ManifestOf(root)).ToString());

    public static IReadOnlyList<Diagnostic> Verify(params RestoredPackage[] packages)
        => PackageVerifier.Verify(packages, folder => BaseModelIdentity.Compute(folder).Digest);

    public void Dispose() => _folder.Dispose();
}
