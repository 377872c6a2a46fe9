using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Making;
using ModelOps.Core.Lineage;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Packages;
using ModelOps.Pipeline.Git;
using ModelOps.Pipeline.Packaging;
using ModelOps.TestUtilities;

namespace ModelOps.Pipeline.Tests.Packages;

/// <summary>A small model package and its base, laid out and packed by the product's own code from stage files made here; with keys and a policy.</summary>
internal sealed class PackedModel : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder _folder = new();
    private readonly StageFiles _files;

    /// <param name="sources">What is known of the sources; null: a clean commit.</param>
    /// <param name="made">The training rows say that a model drafted them.</param>
    public PackedModel(SourceState? sources = null, string license = "MIT", bool whole = false, bool made = false)
    {
        _files = new StageFiles(_folder["obj"]);
        foreach ((string file, string text) in (ReadOnlySpan<(string, string)>)
        [
            ("config.json", """{"model_type":"llama","vocab_size":16,"hidden_size":4}"""), ("tokenizer.json", """{"version":"1.0"}"""),
            ("chat_template.jinja", "{{ messages }}"), ("model.safetensors", "weights of the base"), ("LICENSE", "do as you like"),
        ])
        {
            _folder.Write("base/" + file, text);
        }

        var identity = BaseModelIdentity.Compute(_folder["base"]);
        PackageIdentity? @base = whole ? null : new PackageIdentity("BaseModel.tiny", BaseModelPackage.VersionOf(identity.Digest));
        Facts = MakeFacts(identity, @base, sources ?? new SourceState(Commit, Dirty: false), license, made);
        PackageContent.Write(_files.PackageContent, Facts, _files);
        Archive = Zip(_files.PackageContent, $"{Facts.Package.Id}.{Facts.Package.Version}");
        if (@base is not null)
        {
            Directory.CreateDirectory(_folder["work"]);
            BaseArchive = BaseModelPackage.Write(new BaseModelContent(_folder["base"], identity, "Apache-2.0", "1.0.0"), @base, _folder["work"], _folder["out"], "p.csproj")[0];
        }

        Key = SigningKey.ImportPrivate(_ecdsa.ExportPkcs8PrivateKeyPem());
        _folder.Write("keys/ci.pem", Key.PublicPem);
    }

    private readonly ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public PackageFacts Facts { get; }

    /// <summary>The package as a <c>.nupkg</c>.</summary>
    public string Archive { get; }

    public string? BaseArchive { get; }

    /// <summary>What Package laid out.</summary>
    public string Content => _files.PackageContent;

    public SigningKey Key { get; }

    public string this[string file] => _folder[file];

    /// <summary>A policy that trusts the key, with more members.</summary>
    public string Policy(string more = "") => _folder.Write($"policy{Guid.NewGuid():n}.json", $$"""{ "format": 1, "trustedKeys": ["keys/ci.pem"]{{(more.Length > 0 ? ", " + more : "")}} }""");

    public string Write(string file, string text) => _folder.Write(file, text);

    public void Sign()
    {
        PackageSigner.Sign(Archive, Key, detached: false);
        PackageSigner.Sign(BaseArchive!, Key, detached: false);
    }

    /// <summary>Both packages as restore leaves them.</summary>
    public RestoredPackage[] Restore() => [Restore(Archive, "adapter"), .. BaseArchive is null ? [] : new[] { Restore(BaseArchive, "baseModel") }];

    public RestoredPackage Restore(string archive, string name)
    {
        using var package = PackageArchive.Open(archive);
        string root = _folder[$"cache/{name}"];
        package.Extract(root);
        using var restored = ModelPackage.Open(root);
        return restored.Restored();
    }

    public static IReadOnlyList<Core.Diagnostics.Diagnostic> Verify(RestoredPackage[] packages, PackageTrust? trust = null)
        => PackageVerifier.Verify(packages, folder => BaseModelIdentity.Compute(folder).Digest, trust);

    public void Dispose()
    {
        Key.Dispose();
        _ecdsa.Dispose();
        _folder.Dispose();
    }

    /// <summary>An archive of a folder, as plain as can be.</summary>
    public string Zip(string folder, string name)
    {
        string path = _folder[$"out/{name}.nupkg"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            ZipArchiveEntry entry = archive.CreateEntry(Path.GetRelativePath(folder, file).Replace('\\', '/'));
            entry.LastWriteTime = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using Stream target = entry.Open();
            target.Write(File.ReadAllBytes(file));
        }

        using Stream nuspec = archive.CreateEntry("Contoso.Triage.nuspec").Open();
        nuspec.Write("<package />"u8);
        return path;
    }

    private PackageFacts MakeFacts(BaseModelIdentity identity, PackageIdentity? @base, SourceState sources, string license, bool made)
    {
        string rows = _folder.Write("data/train.jsonl", string.Concat(Enumerable.Range(0, 30).Select(i => $$"""{"messages":[{"role":"user","content":"q{{i}}"},{"role":"assistant","content":"yes"}]}""" + "\n")));
        Dataset data = DatasetReader.Read([rows], DatasetKind.Training, Silence.Log, CancellationToken.None)!;
        var dataset = DatasetManifest.Of(_folder["data"], [data]);
        _folder.Write("obj/adapter/adapter_config.json", """{"peft_type":"LORA","r":4}""");
        _folder.Write("obj/adapter/adapter_model.safetensors", string.Concat(Enumerable.Range(0, 200).Select(i => $"tensor {i} ")));
        _folder.Write("obj/adapter/training.json", """{"losses":[1,0.5]}""");

        var training = FingerprintFile.Of("Train", new KeyFields().Add("baseModel", identity.ToFields()).Add("trainingData", data.Digest).Add("learningRate", 1e-3));
        training.Write(_files.Fingerprint);
        EvaluationItem[] items = [.. Enumerable.Range(0, 60).Select(i => new EvaluationItem($"row{i}", [new PromptMessage("user", $"q{i}")], i % 3 == 0 ? "no" : "yes"))];
        _folder.Write("obj/rows/eval.jsonl", string.Concat(items.Select(item =>
            $$"""{"id":"{{item.Id}}","messages":[{"role":"user","content":"{{item.Input}}"},{"role":"assistant","content":"{{item.Reference}}"}]}""" + "\n")));
        SubjectRun Run(string name, SubjectKind kind, int wrongEvery) => new(name, kind, [.. items.Select((item, i) => new SubjectAnswer(i % wrongEvery == 0 ? "perhaps" : item.Reference))]);
        EvaluationReport report = Evaluator.Evaluate(new EvaluationInput
        {
            Fields = new KeyFields().Add("trainingKey", training.Key).Add("rows", items.Length),
            Items = items,
            Subjects = [Run("candidate", SubjectKind.Candidate, 20), Run("zero", SubjectKind.Baseline, 2)],
            Metrics = [MetricSpec.Primary, new MetricSpec("MacroF1")],
        });
        Verdict verdict = GateJudge.Decide(report, [new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.8, MinimumGain = 0.1 }]);
        File.WriteAllBytes(_files.Evaluation, EvaluationJson.Write(report));
        File.WriteAllBytes(_files.Verdict, VerdictJson.Write(verdict));

        var details = new PackageDetails(new PackageIdentity("Contoso.Triage", "1.2.0"), "", "BaseModel.tiny", "Sorts \"tickets\".", license, "Apache-2.0", _folder["out"], "net8.0", "1.0.0", sources.Revision, "");
        var licenses = new Dictionary<DatasetKind, IReadOnlyList<string>> { [DatasetKind.Training] = ["CC-BY-4.0"] };
        var says = new PackageSays(details.Identity, @base, details, sources, licenses);
        if (made)
        {
            var from = new MadeFrom("drafts", Digest.OfFile(rows), 30) { Unreviewed = 4, Reviewers = ["ann"], Model = new MadeModel("large", new Uri("https://models.contoso.example/v1"), Digest.Of("answers"u8)), Inputs = [MadeInput.Of(rows)] };
            File.WriteAllBytes(MadeFrom.PathFor(rows), from.ToBytes());
            says = says with { Made = new Dictionary<DatasetKind, IReadOnlyList<MadeData>> { [DatasetKind.Training] = MadeData.Of([new ProjectItem(Names.TrainingData, rows, rows, new Dictionary<string, string>())]) } };
        }

        return new PackageFacts(says, identity, training, dataset, report, verdict, @base is null ? "full" : "lora", new DecodingOptions(), "Sort it.", new Dictionary<string, IReadOnlyList<string>>());
    }
}
