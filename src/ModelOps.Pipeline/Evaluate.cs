using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Sharing;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline;

/// <param name="Gates">Only their metrics count here, never their bounds.</param>
/// <param name="CurrentKey">The key that <c>eval.json</c> is known to belong to.</param>
public sealed record EvaluateRequest(
    ProjectInputs Inputs, StageFiles Files, TypedSettings Settings, IReadOnlyList<GateDefinition> Gates, WorkerHost Worker, string StoreRoot, string? CurrentKey, long StoreSize = StoreSize.Default)
{
    /// <summary>The feed behind the store; null: results are not shared.</summary>
    public SharedCache? Cache { get; init; }

    /// <summary>The candidate came unsigned from a feed: its answers and figures are kept apart from those of models that may be packed.</summary>
    public bool UnsignedModel { get; init; }

    /// <summary>What endpoints may charge for this evaluation.</summary>
    public decimal Budget { get; init; }

    /// <summary>What this evaluation may cost whatever the budget; null: no such limit.</summary>
    public decimal? MaxCost { get; init; }

    /// <summary>Nothing is asked: <c>eval.lock</c> has all answers, or the stage fails.</summary>
    public bool Locked { get; init; }
}

public sealed record EvaluateResult(ActionKey Key, bool UpToDate);

/// <summary>Candidate, prompting baselines and floors on the same held-out rows, into <c>eval.json</c>.</summary>
public static class Evaluate
{
    public static EvaluateResult Run(EvaluateRequest request, IStageLog log, CancellationToken cancellation) => new EvaluationRun(request, log, cancellation).Run();
}
