using Microsoft.Build.Framework;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Build.Tasks;

/// <summary>Lays out the package of a model whose gates passed, and packs its base model.</summary>
[MSBuildMultiThreadableTask]
public sealed class Package : PackagingTask
{
    [Required]
    public string Directory { get; set; } = "";

    [Required]
    public string Receipts { get; set; } = "";

    /// <summary>The store and the worker: sealed rows are answered while packing.</summary>
    public string StoreRoot { get; set; } = "";

    public string WorkerPath { get; set; } = "";

    public string DotnetHost { get; set; } = "";

    /// <summary>What endpoints may charge for the sealed rows; it changes no result, so it is no <c>ModelOpsSetting</c>.</summary>
    public string Budget { get; set; } = "0";

    /// <summary>What they may charge whatever the budget; empty: no such limit.</summary>
    public string MaxCost { get; set; } = "";

    /// <summary>Files that are laid out and not packed, because fragment packages hold them; relative to the content.</summary>
    [Output]
    public string[] InParts { get; set; } = [];

    internal Func<Core.Protocol.WorkerRequest, Pipeline.Workers.WorkerRun>? InProcess { get; set; }

    private protected override void ExecuteCore()
    {
        ProjectInputs inputs = Inputs;
        using var held = ProjectLock.Acquire(Path.TrimEndingDirectorySeparator(Directory), inputs.ProjectName, StageLog, Cancellation);
        TypedSettings settings = TypedSettings.Require(inputs);
        if (GateItems.Read(inputs, ProjectXml.Load(inputs), settings.GatesEnabled, new StageReport(StageLog)) is { } gates)
        {
            var files = new StageFiles(Path.TrimEndingDirectorySeparator(Directory));
            var worker = new WorkerHost(Path.GetFullPath(WorkerPath, inputs.ProjectDirectory), DotnetHost.Length > 0 ? DotnetHost : "dotnet", files.Work, 0) { InProcess = InProcess };
            var request = new PackageRequest(inputs, files, settings, gates, Receipts, Details)
            {
                Answering = (worker, Path.GetFullPath(StoreRoot, inputs.ProjectDirectory)),
                Budget = WorkerTask.BudgetOf(Budget, inputs),
                MaxCost = WorkerTask.LimitOf(Names.ModelOpsMaxEvaluationCost, MaxCost, inputs),
            };
            PackageResult result = Pipeline.Package.Run(request, StageLog, Cancellation);
            (PackageVersion, InParts) = (result.Version, [.. result.InParts]);
        }
    }
}
