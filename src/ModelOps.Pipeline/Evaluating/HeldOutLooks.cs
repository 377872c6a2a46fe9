using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Counts how many tuned models of a project the same held-out rows have judged, and says so.</summary>
internal static class HeldOutLooks
{
    /// <summary>The part of <c>measurements.json</c>: the count depends on this machine's past, so it enters no report.</summary>
    public const string Part = "heldOut";

    /// <summary>Notes that the figures of a tuned model were computed or shown.</summary>
    public static void Note(EvaluateRequest request, Digest rows, IReadOnlyList<EvaluationItem> items, ActionKey training, IStageLog log)
    {
        int tunes = new HeldOutLedger(request.StoreRoot, request.Inputs.ProjectName).Add(rows, [.. items.Select(item => item.Id)], training);
        Measurements.Update(request.Files.Measurements, Part, new JsonObject { ["rows"] = items.Count, ["tunedModels"] = tunes });
        if (tunes >= HeldOutLedger.Many)
        {
            log.Report(EvaluateErrors.LookedAtOften(request.Inputs.ProjectFile, items.Count, tunes));
        }
    }
}
