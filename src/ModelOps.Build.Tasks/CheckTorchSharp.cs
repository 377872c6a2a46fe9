using Microsoft.Build.Framework;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Build.Tasks;

/// <summary>Before a restore and before a build with <c>Trainer=torchsharp</c>: its packages must be there, or to be had.</summary>
[MSBuildMultiThreadableTask]
public sealed class CheckTorchSharp : StageTask
{
    /// <summary>As <c>id/version</c>.</summary>
    [Required]
    public string[] Packages { get; set; } = [];

    private protected override void ExecuteCore() => TorchPackages.Check(Path.GetDirectoryName(ProjectFile)!, Packages, Cancellation);
}
