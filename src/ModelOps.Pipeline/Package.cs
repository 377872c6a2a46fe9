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

namespace ModelOps.Pipeline;

/// <summary>What Pack knows of the package beyond the model itself.</summary>
/// <param name="Base">Id of the base model's package; its version follows its content.</param>
/// <param name="OutputFolder">Where packages go.</param>
/// <param name="Framework">The project's target framework, which the package's dependency group is for.</param>
/// <param name="SdkVersion">Version of this SDK, and of the <c>ModelOps.Consume</c> that the package depends on.</param>
public sealed record PackageDetails(
    PackageIdentity Identity, string Base, string Description, string License, string BaseLicense, string OutputFolder, string Framework, string SdkVersion, string SourceRevision);

public sealed record PackageRequest(
    ProjectInputs Inputs, StageFiles Files, TypedSettings Settings, IReadOnlyList<GateDefinition> Gates, string Receipts, PackageDetails Details);

/// <param name="BasePackage">The base model's <c>.nupkg</c>.</param>
public sealed record PackageResult(string ContentFolder, string AssetsFolder, string BasePackage);

/// <summary>Checks that the verdict was passed on exactly what is there now, then lays out the package and packs the base model beside it.</summary>
public static class Package
{
    public static PackageResult Run(PackageRequest request, IStageLog log, CancellationToken cancellation)
    {
        StageFiles files = request.Files;
        (FingerprintFile training, EvaluationReport report, Verdict verdict) = ShippingCheck.Run(request, log, cancellation);
        PackageDetails details = request.Details;
        if (details.License.Length == 0)
        {
            throw PackageErrors.NoLicense(request.Inputs.ProjectFile);
        }

        StatCache digests = StatCache.Load(files.StatCache);
        BaseModelIdentity baseModel = BaseModelIdentity.Compute(request.Inputs.BaseModelDirectory, path => digests.DigestOf(path, cancellation));
        var basePackage = new PackageIdentity(details.Base, BaseModelPackage.VersionOf(baseModel.Digest));
        var facts = new PackageFacts(
            details.Identity, basePackage, baseModel, training, DatasetManifest.TryRead(files.Dataset)!, report, verdict, request.Settings.Training.Method,
            request.Settings.Decoding, HeldOutRows.CommonSystemPrompt(files), details.Description, details.License, details.SdkVersion, details.SourceRevision);
        PackageContent.Write(files.PackageContent, facts, files);
        PackAssets.Write(files.PackageAssets, details.Framework, [("ModelOps.Consume", details.SdkVersion), (basePackage.Id, $"[{basePackage.Version}]")]);
        string packed = BaseModelPackage.Write(
            request.Inputs.BaseModelDirectory, basePackage, baseModel.Digest, details.BaseLicense, details.SdkVersion, files.Work, details.OutputFolder);
        log.Message($"{request.Inputs.ProjectName}: packs the model of key {training.Key.Short}, verdict {verdict.Outcome.ToString().ToLowerInvariant()}; base model in {Path.GetFileName(packed)}", important: true);
        return new PackageResult(files.PackageContent, files.PackageAssets, packed);
    }
}
