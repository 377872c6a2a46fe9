using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Packaging;

namespace ModelOps.Build.Tasks;

/// <summary>A task that knows what the package says of itself.</summary>
public abstract class PackagingTask : DataTask
{
    public string PackageId { get; set; } = "";

    /// <summary>The project's version; after the task the package's, which <see cref="VersionSuffix"/> may have made a prerelease.</summary>
    [Output]
    public string PackageVersion { get; set; } = "";

    public string VersionSuffix { get; set; } = "";

    public string BasePackageId { get; set; } = "";

    public string Description { get; set; } = "";

    public string License { get; set; } = "";

    public string BaseLicense { get; set; } = "";

    public string OutputFolder { get; set; } = "";

    public string Framework { get; set; } = "";

    public string SdkVersion { get; set; } = "";

    public string SourceRevision { get; set; } = "";

    public string Repository { get; set; } = "";

    /// <summary>A size such as <c>240MB</c>.</summary>
    public string SizeLimit { get; set; } = "";

    private protected PackageDetails Details => new(
        new PackageIdentity(PackageId, PackageVersion), VersionSuffix, BasePackageId, Description, License, BaseLicense, OutputFolder, Framework, SdkVersion, SourceRevision, Repository)
    {
        SizeLimit = PackageSizeLimit.Parse(SizeLimit)
            ?? throw new DiagnosticException(ConfigurationErrors.InvalidValue(Names.ModelOpsPackageSizeLimit, SizeLimit, "a size above 0, such as 240MB, or unlimited", new SourceLocation(ProjectFile))),
    };
}
