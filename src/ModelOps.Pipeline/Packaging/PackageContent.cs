using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
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
    PackageIdentity Package,
    PackageIdentity? Base,
    BaseModelIdentity BaseModel,
    FingerprintFile Training,
    DatasetManifest Dataset,
    EvaluationReport Report,
    Verdict Verdict,
    string Method,
    DecodingOptions Decoding,
    string? SystemPrompt,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Labels,
    string Description,
    string License,
    string SdkVersion,
    string SourceRevision)
{
    /// <summary>Key of the verdict on the sealed rows; null where there are none.</summary>
    public ActionKey? Sealed { get; init; }
}

/// <summary>Lays a model package out as it will be in the <c>.nupkg</c>: <c>model/</c>, <c>lineage/</c>, <c>report/</c>, <c>buildTransitive/</c>, <c>lib/</c>.</summary>
internal static class PackageContent
{
    private static readonly string[] s_fromTraining = ["training.json"];

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

        File.WriteAllBytes(Path.Combine(model, ParityRow.FileName), ParityRow.ToBytes(ParityRow.Choose(facts.Report, HeldOutRows.Questions(files), Subject.IdOf)));
        WriteLineage(Directory.CreateDirectory(Path.Combine(folder, "lineage")).FullName, model, facts, files);
        string report = Directory.CreateDirectory(Path.Combine(folder, "report")).FullName;
        File.WriteAllText(Path.Combine(report, "README.md"), ModelCard.Write(facts));
        File.WriteAllBytes(Path.Combine(report, "index.html"), HtmlReport.Write(Report(facts, files)));
        File.WriteAllBytes(Path.Combine(model, ModelManifest.FileName), Manifest(folder, facts).ToBytes());
        ConsumeFiles.Write(folder, facts.Package.Id, facts.Package.Version, ModelManifest.AdapterKind);
        BaseModelPackage.WritePlaceholder(folder);
    }

    // Without what was measured: the same package on every machine.
    private static ReportInput Report(PackageFacts facts, StageFiles files)
        => ReportFiles.Of(files, $"{facts.Package.Id} {facts.Package.Version}", facts.Report, facts.Verdict) with { Measured = null };

    private static void WriteLineage(string folder, string model, PackageFacts facts, StageFiles files)
    {
        File.Copy(files.Fingerprint, Path.Combine(folder, "fingerprint.json"));
        File.Copy(files.Evaluation, Path.Combine(folder, "eval.json"));
        File.Copy(files.Verdict, Path.Combine(folder, "verdict.json"));
        if (facts.Sealed is not null)
        {
            File.Copy(files.Sealed.Evaluation, Path.Combine(folder, "eval.sealed.json"));
            File.Copy(files.Sealed.Verdict, Path.Combine(folder, "verdict.sealed.json"));
        }

        string training = Path.Combine(files.Adapter, "training.json");
        if (File.Exists(training))
        {
            File.Copy(training, Path.Combine(folder, "training.json"));
        }

        var statement = new ProvenanceStatement
        {
            Subjects = [.. Directory.EnumerateFiles(model).Order(StringComparer.Ordinal).Select(file => ($"model/{Path.GetFileName(file)}", Digest.OfFile(file)))],
            ExternalParameters = new JsonObject
            {
                ["training"] = JsonNode.Parse(facts.Training.Fields.ToCanonicalJson()),
                ["evaluation"] = JsonNode.Parse(facts.Report.Fields.ToCanonicalJson()),
            },
            ResolvedDependencies =
            [
                ("base-model", facts.BaseModel.Digest),
                .. facts.Dataset.Sets.Select(set => ($"dataset/{set.Kind.ToString().ToLowerInvariant()}", set.Digest)),
            ],
            SourceRevision = facts.SourceRevision,
            BuilderVersion = facts.SdkVersion,
        };
        File.WriteAllBytes(Path.Combine(folder, "provenance.intoto.jsonl"), statement.ToBytes());
    }

    private static ModelManifest Manifest(string folder, PackageFacts facts) => new()
    {
        Id = facts.Package.Id,
        Version = facts.Package.Version,
        Kind = ModelManifest.AdapterKind,
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
        License = facts.License,
        Files = [.. PackagedFile.Describe(folder).Where(file => !file.Path.StartsWith("buildTransitive/", StringComparison.Ordinal))],
    };
}
