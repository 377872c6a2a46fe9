using Microsoft.Build.Framework;
using ModelOps.Pipeline;

namespace ModelOps.Build.Tasks;

/// <summary>Compares the project with what the last build saw.</summary>
[MSBuildMultiThreadableTask]
public sealed class Look : DataTask, IIncrementalTask
{
    [Required]
    public string LookFile { get; set; } = "";

    [Required]
    public string Receipts { get; set; } = "";

    [Output]
    public string Verdict { get; set; } = "";

    [Output]
    public string TrainingKey { get; set; } = "";

    /// <summary>The feed that the model came from unsigned; empty when it may be packed, and where something moved.</summary>
    [Output]
    public string Unsigned { get; set; } = "";

    /// <summary>Resolve has not run yet.</summary>
    private protected override bool SeesResolved => false;

    /// <summary>Set under <c>/question</c>: having work to do is then the failure.</summary>
    public bool FailIfNotIncremental { get; set; }

    private protected override void ExecuteCore()
    {
        LookResult result = Pipeline.Look.Run(new LookRequest(Inputs, LookFile, Receipts, GlobalProperties, FailIfNotIncremental), StageLog);
        (Verdict, TrainingKey, Unsigned) = (result.Verdict, result.TrainingKey, result.Unsigned);
        if (FailIfNotIncremental && (result.Moved || !result.Complete))
        {
            StageLog.Report(HostErrors.NotUpToDate(ProjectFile));
        }
    }

    private IReadOnlyCollection<string> GlobalProperties
        => BuildEngine is IBuildEngine6 engine ? [.. engine.GetGlobalProperties().Keys] : [];
}
