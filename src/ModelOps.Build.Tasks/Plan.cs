using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Sharing;

namespace ModelOps.Build.Tasks;

/// <summary>Says what a build would do; as <c>Verify</c> it fails when that is anything that makes a result stale. Writes nothing.</summary>
[MSBuildMultiThreadableTask]
public sealed class Plan : PackagingTask
{
    [Required]
    public string Directory { get; set; } = "";

    [Required]
    public string Receipts { get; set; } = "";

    [Required]
    public string StoreRoot { get; set; } = "";

    /// <summary>A feed that results are shared through: what it has is no work.</summary>
    public string CacheSource { get; set; } = "";

    public string CacheTrustedKeys { get; set; } = "";

    /// <summary>Seconds that a feed may be silent.</summary>
    public string CacheTimeout { get; set; } = "20";

    /// <summary><c>Verify</c> fails; any other mode only says.</summary>
    public string Mode { get; set; } = "";

    /// <summary>The plan as JSON.</summary>
    [Output]
    public string Json { get; set; } = "";

    /// <summary>The project's model would be another one: what stands on it cannot know itself yet.</summary>
    [Output]
    public bool Changes { get; set; }

    private protected override void ExecuteCore()
    {
        ProjectInputs inputs = Inputs;
        var request = new PlanRequest(
            inputs, new StageFiles(Path.TrimEndingDirectorySeparator(Directory)), Receipts, Path.GetFullPath(StoreRoot, inputs.ProjectDirectory), PackageId.Length > 0 ? Details : null)
        {
            Cache = BuildFeed.Open(BuildEngine, new CacheOptions(CacheSource.Trim(), false, "", CacheTrustedKeys, "", BuildFeed.Timeout(CacheTimeout, inputs)), inputs, StageLog),
        };
        PlanResult plan = Pipeline.Plan.Run(request, StageLog, Cancellation);
        Changes = plan.Stages.Any(s => s.State != StageState.UpToDate && s.Stage is Names.Resolve or Names.Train or Names.Gate);
        Json = PlanText.Json(plan, ProjectFile);
        foreach (string line in PlanText.Lines(plan))
        {
            StageLog.Message(line, important: true);
        }

        if (Mode.Equals(BuildMode.Verify, StringComparison.OrdinalIgnoreCase))
        {
            foreach (StagePlan stage in plan.Stages.Where(s => s is { Stale: true, State: not StageState.Unknown }))
            {
                StageLog.Report(PlanErrors.Stale(ProjectFile, stage));
            }
        }
    }
}
