using System.Text.Json.Nodes;
using ModelOps.Core.Data;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Lineage;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Core.Reporting;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Reporting;

namespace ModelOps.Pipeline.Packaging;

/// <summary>What is known of a model when it is packed.</summary>
internal sealed record PackageFacts(
    PackageSays Says,
    BaseModelIdentity BaseModel,
    FingerprintFile Training,
    DatasetManifest Dataset,
    EvaluationReport Report,
    Verdict Verdict,
    string Method,
    DecodingOptions Decoding,
    string? SystemPrompt,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Labels)
{
    /// <summary>Key of the verdict on the sealed rows; null where there are none.</summary>
    public ActionKey? Sealed { get; init; }

    /// <summary>The model that stays at a provider; null where the package holds weights.</summary>
    public TunedModel? Tuned { get; init; }

    public string Kind => Tuned is null ? ModelManifest.AdapterKind : ModelManifest.PointerKind;

    public PackageIdentity Package => Says.Package;

    public PackageIdentity? Base => Says.Base;

    /// <summary>SPDX expression of the base model, or the name of its own licence file in its package; of a provider's model its terms.</summary>
    public string BaseLicense => Tuned is { } tuned ? $"LicenseRef-{tuned.Trainer}-terms" : Says.Details.BaseLicense is { Length: > 0 } license ? license : "model/LICENSE";
}

/// <summary>Lays a model package out as it will be in the <c>.nupkg</c>: <c>model/</c>, <c>lineage/</c>, <c>report/</c>, <c>buildTransitive/</c>, <c>lib/</c>.</summary>
internal static class PackageContent
{
    private static readonly string[] s_fromTraining = ["training.json", Training.TrainingCost.FileName];

    /// <summary>Replaces <paramref name="folder"/>.</summary>
    public static void Write(string folder, PackageFacts facts, StageFiles files)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        string model = Directory.CreateDirectory(Path.Combine(folder, "model")).FullName;
        foreach (string file in Directory.EnumerateFiles(files.Adapter).Where(file => !s_fromTraining.Contains(Path.GetFileName(file), StringComparer.Ordinal)))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        if (facts.Tuned is null)
        {
            // A provider's model may answer otherwise next time: there is nothing to compare with.
            File.WriteAllBytes(Path.Combine(model, ParityRow.FileName), ParityRow.ToBytes(ParityRow.Choose(facts.Report, HeldOutRows.Questions(files), Subject.IdOf)));
        }

        WriteLineage(folder, facts, files);
        string report = Directory.CreateDirectory(Path.Combine(folder, "report")).FullName;
        File.WriteAllText(Path.Combine(report, "README.md"), ModelCard.Write(facts));
        if (File.Exists(files.DataCard))
        {
            File.Copy(files.DataCard, Path.Combine(report, Path.GetFileName(files.DataCard)));
        }

        File.WriteAllBytes(Path.Combine(report, "index.html"), HtmlReport.Write(Report(facts, files)));
        ModelManifest manifest = Manifest(folder, facts);
        manifest = manifest with { Fragments = FragmentPlan.Of(facts.Package.Id, folder, manifest.Files, facts.Says.Details.SizeLimit) };
        File.WriteAllBytes(Path.Combine(model, ModelManifest.FileName), manifest.ToBytes());
        ConsumeFiles.Write(folder, facts.Package.Id, facts.Package.Version, facts.Kind, manifest.Fragments);
        BaseModelPackage.WritePlaceholder(folder);
    }

    // Without what was measured: the same package on every machine.
    private static ReportInput Report(PackageFacts facts, StageFiles files)
        => ReportFiles.Of(files, $"{facts.Package.Id} {facts.Package.Version}", facts.Report, facts.Verdict) with { Measured = null };

    private static void WriteLineage(string root, PackageFacts facts, StageFiles files)
    {
        IReadOnlyList<StatementSubject> subjects = PackagedContent.Describe(root);
        Directory.CreateDirectory(Path.Combine(root, "lineage"));
        File.Copy(files.Fingerprint, Path.Combine(root, PackageEvidence.Fingerprint));
        File.Copy(files.Evaluation, Path.Combine(root, PackageEvidence.Evaluation));
        File.Copy(files.Verdict, Path.Combine(root, PackageEvidence.Verdict));
        if (facts.Sealed is not null)
        {
            File.Copy(files.Sealed.Evaluation, Path.Combine(root, "lineage", "eval.sealed.json"));
            File.Copy(files.Sealed.Verdict, Path.Combine(root, "lineage", "verdict.sealed.json"));
        }

        foreach (string name in s_fromTraining)
        {
            string told = Path.Combine(files.Adapter, name);
            if (File.Exists(told))
            {
                File.Copy(told, Path.Combine(root, "lineage", name));
            }
        }

        File.WriteAllBytes(Path.Combine(root, PackageEvidence.Provenance), Provenance(facts, subjects).ToStatement().ToBytes());
        File.WriteAllBytes(Path.Combine(root, PackageEvidence.EvaluationResult), EvaluationStatement.Of(subjects, facts.Report, facts.Verdict).ToBytes());
        File.WriteAllBytes(Path.Combine(root, PackageEvidence.BillOfMaterials), Bom(facts, subjects).ToBytes());
    }

    private static ProvenanceStatement Provenance(PackageFacts facts, IReadOnlyList<StatementSubject> subjects) => new()
    {
        Subjects = subjects,
        ExternalParameters = new JsonObject
        {
            ["package"] = new JsonObject { ["id"] = facts.Package.Id, ["version"] = facts.Package.Version },
            ["training"] = JsonNode.Parse(facts.Training.Fields.ToCanonicalJson()),
            ["evaluation"] = JsonNode.Parse(facts.Report.Fields.ToCanonicalJson()),
            ["gates"] = new JsonArray([.. facts.Verdict.Gates.Select(gate => (JsonNode)EvaluationStatement.NameOf(gate))]),
        },
        ResolvedDependencies =
        [
            new ResolvedResource(
                ProvenanceStatement.BaseModel, facts.BaseModel.Digest, facts.Base is { } b ? ReleaseStatement.PackageUrl(b) : null, new JsonObject { ["license"] = facts.BaseLicense }),
            .. facts.Dataset.Sets.Select(set => Data(set, facts)),
            new ResolvedResource("ModelOps.Sdk", null, ReleaseStatement.PackageUrl(new PackageIdentity("ModelOps.Sdk", facts.Says.Details.SdkVersion))),
        ],
        Sources = facts.Says.Sources,
        BuilderVersion = facts.Says.Details.SdkVersion,
    };

    private static ResolvedResource Data(DatasetSet set, PackageFacts facts)
    {
        var notes = new JsonObject { ["rows"] = set.Rows.Count, ["licenses"] = new JsonArray([.. facts.Says.LicensesOf(set.Kind).Select(l => (JsonNode)l)]) };
        if (facts.Says.MadeOf(set.Kind) is { Count: > 0 } made)
        {
            notes["made"] = new JsonArray([.. made.Select(m => m.ToJson())]);
        }

        return new ResolvedResource($"dataset/{set.Kind.ToString().ToLowerInvariant()}", set.Digest, Annotations: notes);
    }

    private static BillOfMaterials Bom(PackageFacts facts, IReadOnlyList<StatementSubject> files) => new()
    {
        Package = facts.Package,
        Description = facts.Says.Details.Description,
        License = facts.Says.Details.License,
        Method = facts.Method,
        ArchitectureFamily = (string?)JsonNode.Parse(facts.BaseModel.Architecture.ToCanonicalJson())?["model_type"] ?? "unknown",
        Base = new BomBase(facts.Base, facts.BaseModel.Digest, facts.BaseLicense),
        Datasets = [.. Datasets(facts)],
        Files = files,
        Report = facts.Report,
        BuilderVersion = facts.Says.Details.SdkVersion,
    };

    private static IEnumerable<BomDataset> Datasets(PackageFacts facts)
        => facts.Dataset.Sets.Select(set => new BomDataset(set.Kind.ToString().ToLowerInvariant(), set.Digest, set.Rows.Count, facts.Says.LicensesOf(set.Kind)));

    private static ModelManifest Manifest(string folder, PackageFacts facts) => new()
    {
        Id = facts.Package.Id,
        Version = facts.Package.Version,
        Kind = facts.Kind,
        Pointer = facts.Tuned?.ToPointer(),
        Method = facts.Method,
        BaseDigest = facts.BaseModel.Digest.ToString(),
        Base = facts.Base,
        TemplateDigest = facts.Base is null ? null : facts.BaseModel.ChatTemplate.ToString(),
        TokenizerDigest = facts.Base is null ? null : facts.BaseModel.Tokenizer.ToString(),
        TrainingKey = facts.Training.Key.ToString(),
        Verdict = facts.Verdict.Outcome.ToString().ToLowerInvariant(),
        SystemPrompt = facts.SystemPrompt,
        Decoding = facts.Decoding,
        Labels = facts.Labels.Count > 0 ? facts.Labels : null,
        License = facts.Says.Details.License,
        Files = [.. PackagedFile.Describe(folder).Where(file => !file.Path.StartsWith("buildTransitive/", StringComparison.Ordinal))],
    };
}
