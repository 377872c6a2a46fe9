using Microsoft.Build.Framework;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Lays out the package of a model whose gates passed, and packs its base model.</summary>
[MSBuildMultiThreadableTask]
public sealed class Package : PackagingTask
{
    [Required]
    public string Directory { get; set; } = "";

    [Required]
    public string Receipts { get; set; } = "";

    private protected override void ExecuteCore()
    {
        ProjectInputs inputs = Inputs;
        using var held = ProjectLock.Acquire(Path.TrimEndingDirectorySeparator(Directory), inputs.ProjectName, StageLog, Cancellation);
        TypedSettings settings = TypedSettings.Require(inputs);
        if (GateItems.Read(inputs, ProjectXml.Load(inputs), settings.GatesEnabled, new StageReport(StageLog)) is { } gates)
        {
            var files = new StageFiles(Path.TrimEndingDirectorySeparator(Directory));
            PackageVersion = Pipeline.Package.Run(new PackageRequest(inputs, files, settings, gates, Receipts, Details), StageLog, Cancellation).Version;
        }
    }
}
