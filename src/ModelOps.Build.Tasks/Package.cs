using Microsoft.Build.Framework;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Lays out the package of a model whose gates passed, and packs its base model.</summary>
[MSBuildMultiThreadableTask]
public sealed class Package : DataTask
{
    [Required]
    public string Directory { get; set; } = "";

    [Required]
    public string Receipts { get; set; } = "";

    [Required]
    public string PackageId { get; set; } = "";

    /// <summary>The project's version; after the task the package's, which <see cref="VersionSuffix"/> may have made a prerelease.</summary>
    [Required]
    [Output]
    public string PackageVersion { get; set; } = "";

    public string VersionSuffix { get; set; } = "";

    [Required]
    public string BasePackageId { get; set; } = "";

    public string Description { get; set; } = "";

    public string License { get; set; } = "";

    public string BaseLicense { get; set; } = "";

    [Required]
    public string OutputFolder { get; set; } = "";

    [Required]
    public string Framework { get; set; } = "";

    [Required]
    public string SdkVersion { get; set; } = "";

    public string SourceRevision { get; set; } = "";

    private protected override void ExecuteCore()
    {
        ProjectInputs inputs = Inputs;
        TypedSettings settings = TypedSettings.Require(inputs);
        if (GateItems.Read(inputs, ProjectXml.Load(inputs), settings.GatesEnabled, new StageReport(StageLog)) is { } gates)
        {
            var details = new PackageDetails(
                new PackageIdentity(PackageId, PackageVersion), VersionSuffix, BasePackageId, Description, License, BaseLicense, OutputFolder, Framework, SdkVersion, SourceRevision);
            var files = new StageFiles(Path.TrimEndingDirectorySeparator(Directory));
            PackageVersion = Pipeline.Package.Run(new PackageRequest(inputs, files, settings, gates, Receipts, details), StageLog, Cancellation).Version;
        }
    }
}
