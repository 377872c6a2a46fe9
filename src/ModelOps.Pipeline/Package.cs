using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Packaging;
using ModelOps.Pipeline.Resolving;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline;

/// <summary>What Pack knows of the package beyond the model itself.</summary>
/// <param name="VersionSuffix"><c>Key</c> for a prerelease version that follows the content; empty for the version as it is.</param>
/// <param name="Base">Id of the base model's package; its version follows its content.</param>
/// <param name="License">SPDX expression, or the name of the licence file; empty when the project says nothing.</param>
/// <param name="BaseLicense">SPDX expression; empty: the base model's own <c>LICENSE</c> file.</param>
/// <param name="OutputFolder">Where packages go.</param>
/// <param name="Framework">The project's target framework, which the package's dependency group is for.</param>
/// <param name="SdkVersion">Version of this SDK, and of the <c>ModelOps.Consume</c> that the package depends on.</param>
/// <param name="SourceRevision">The commit as the .NET SDK computes it; empty when it does not.</param>
/// <param name="Repository">The address of the sources that the project publishes (<c>RepositoryUrl</c>); empty when it publishes none.</param>
public sealed record PackageDetails(
    PackageIdentity Identity, string VersionSuffix, string Base, string Description, string License, string BaseLicense, string OutputFolder, string Framework,
    string SdkVersion, string SourceRevision, string Repository)
{
    /// <summary>Bytes of payload that one package may hold; weights beyond go into fragment packages.</summary>
    public long SizeLimit { get; init; } = long.MaxValue;
}

public sealed record PackageRequest(
    ProjectInputs Inputs, StageFiles Files, TypedSettings Settings, IReadOnlyList<GateDefinition> Gates, string Receipts, PackageDetails Details)
{
    /// <summary>Who answers the sealed rows, and where answers are kept; needed where there are sealed rows.</summary>
    public (WorkerHost Worker, string StoreRoot)? Answering { get; init; }

    /// <summary>What endpoints may charge for answering the sealed rows.</summary>
    public decimal Budget { get; init; }

    /// <summary>What they may cost whatever the budget; null: no such limit.</summary>
    public decimal? MaxCost { get; init; }
}

/// <param name="Version">The package's version.</param>
/// <param name="InParts">Files of the content, relative to it, that the package does not hold because its fragments do.</param>
/// <param name="BasePackage">The base model's <c>.nupkg</c>; null when the package holds a whole model, or the base model came as a package.</param>
public sealed record PackageResult(string Version, string? BasePackage, IReadOnlyList<string> InParts);

/// <summary>Checks that the verdict was passed on exactly what is there now, then lays out the package and packs the base model beside it.</summary>
public static class Package
{
    public static PackageResult Run(PackageRequest request, IStageLog log, CancellationToken cancellation)
    {
        PackageDetails details = request.Details;
        string project = request.Inputs.ProjectFile;
        StageFiles files = request.Files;
        PackageFacts facts = FactsOf(request, ships: true, log, cancellation);
        if (request.Inputs.SealedData.Count > 0 && request.Gates.Count > 0)
        {
            facts = facts with { Sealed = SealedRows.Judge(request, log, cancellation) };
        }

        VersionRule.Check(request.Inputs, facts);
        facts.Says.WarnOfUnreviewed(project, log);
        LayOut(request, facts, log);
        IReadOnlyList<PackageFragment>? fragments = ModelManifest.Read(Path.Combine(files.PackageContent, "model", ModelManifest.FileName)).Fragments;
        PackAssets.Write(files.PackageAssets, details.Framework, Dependencies(details, facts, fragments));
        if (PackageVersion.Taken(details.OutputFolder, facts.Package, files.PackageContent) is { } taken)
        {
            log.Report(PackageErrors.SameVersion(project, facts.Package.Version, taken));
        }

        string? packed = facts.Base is null || facts.Says.BaseIsRestored ? null : BaseModelPackage.Write(BaseOf(request, facts), facts.Base, files.Work, details.OutputFolder, project)[0];
        IReadOnlyList<string> parts = FragmentPackages.Write(facts.Package, fragments, files.PackageContent, details.License, facts.Package.Id, details.OutputFolder);
        string beside = (packed is null ? "" : $"; base model in {Path.GetFileName(packed)}") + (parts.Count == 0 ? "" : $"; weights in {parts.Count} packages of their own");
        log.Message($"{request.Inputs.ProjectName}: packs the model of key {facts.Training.Key.Short}, verdict {facts.Verdict.Outcome.ToString().ToLowerInvariant()}{beside}", important: true);
        return new PackageResult(facts.Package.Version, packed, [.. FragmentPlan.FilesOf(fragments).Select(name => $"model/{name}")]);
    }

    /// <summary>Lays out what an app of this repository is given that refers to the project: the package's content and the base model's, not packed. It need not be licensed or signed.</summary>
    /// <returns>Every file.</returns>
    public static IReadOnlyList<string> LayOutHere(PackageRequest request, IStageLog log, CancellationToken cancellation)
    {
        StageFiles files = request.Files;
        PackageFacts facts = FactsOf(request, ships: false, log, cancellation);
        LayOut(request, facts, log);
        if (facts.Base is null || facts.Says.BaseIsRestored)
        {
            return Below(files.PackageContent);
        }

        string manifest = Path.Combine(files.PackageBase, "model", ModelManifest.FileName);
        if (!File.Exists(manifest) || ModelManifest.Read(manifest) is not { } there || there.BaseDigest != facts.BaseModel.Digest.ToString() || there.Id != facts.Base.Id)
        {
            BaseModelPackage.LayOut(BaseOf(request, facts), facts.Base, files.PackageBase);
        }

        return [.. Below(files.PackageContent), .. Below(files.PackageBase)];
    }

    private static PackageFacts FactsOf(PackageRequest request, bool ships, IStageLog log, CancellationToken cancellation)
    {
        (FingerprintFile training, EvaluationReport report, Verdict verdict) = ShippingCheck.Run(request, ships, log, cancellation);
        PackageDetails details = request.Details;
        if (ships && details.License.Length == 0)
        {
            throw PackageErrors.NoLicense(request.Inputs.ProjectFile);
        }

        StageFiles files = request.Files;
        StatCache digests = StatCache.Load(files.StatCache);
        BaseModelIdentity baseModel = BaseModels.Of(request.Inputs, digests, cancellation);

        TunedModel? tuned = request.Settings.Remote is { HasWeights: false } ? TunedModel.TryRead(files.Adapter) : null;
        var says = PackageSays.Of(request.Inputs, request.Settings, details, training, baseModel, log);
        return new PackageFacts(
            says, baseModel, training, DatasetManifest.TryRead(files.Dataset)!, report, verdict, tuned is null ? request.Settings.FineTuneMethod : request.Settings.Training.Objective, request.Settings.Decoding,
            HeldOutRows.CommonSystemPrompt(files), LabelSets.Of([.. HeldOutRows.TrainingExamples(files).Select(example => example.Answer)]))
        {
            Tuned = tuned,
        };
    }

    private static BaseModelContent BaseOf(PackageRequest request, PackageFacts facts)
        => new(request.Inputs.BaseModelDirectory, facts.BaseModel, request.Details.BaseLicense, request.Details.SdkVersion) { SizeLimit = request.Details.SizeLimit };

    private static string[] Below(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Writes the content unless the receipt says that it is there, as of the same key.</summary>
    private static void LayOut(PackageRequest request, PackageFacts facts, IStageLog log)
    {
        StageFiles files = request.Files;
        FingerprintFile fingerprint = PackageKey.Of(facts.Verdict.GateKey, facts.Sealed, facts.Dataset, facts.Says);
        string path = Path.Combine(request.Receipts, PackageKey.Stage);
        if (Receipt.Read(path) is { } receipt && receipt["key"] == fingerprint.Key.ToString() && receipt.Holds())
        {
            return;
        }

        log.Message($"  {request.Inputs.ProjectName}: repacks: {files.Packed.Reason(fingerprint, null, "the package's files are missing or were changed")}", important: true);
        Receipt.Withdraw(path);
        PackageContent.Write(files.PackageContent, facts, files);
        files.Packed.Keep(fingerprint);
        new Receipt().Fact("key", fingerprint.Key.ToString())
            .Files(Below(files.PackageContent)).Write(path);
    }

    private static IEnumerable<(string Id, string Range)> Dependencies(PackageDetails details, PackageFacts facts, IReadOnlyList<PackageFragment>? fragments)
    {
        yield return ("ModelOps.Consume", details.SdkVersion);
        foreach (string fragment in FragmentPlan.PackagesOf(fragments))
        {
            yield return (fragment, $"[{facts.Package.Version}]");
        }

        if (facts.Base is { } basePackage)
        {
            yield return (basePackage.Id, facts.Says.BaseIsRestored ? BasePackage.RangeOf(basePackage.Version) : $"[{basePackage.Version}]");
        }
    }
}
