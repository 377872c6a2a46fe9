using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Lays out, for a project of this repository that refers to the model, what its package would hold.</summary>
[MSBuildMultiThreadableTask]
public sealed class LayOut : PackagingTask
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
            string receipt = Path.Combine(Receipts, Names.LayOut);
            Receipt.Withdraw(receipt);
            var files = new StageFiles(Path.TrimEndingDirectorySeparator(Directory));
            new Receipt().Files(Pipeline.Package.LayOutHere(new PackageRequest(inputs, files, settings, gates, Receipts, Details), StageLog, Cancellation)).Write(receipt);
        }
    }
}
