using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Resolving;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline;

/// <param name="Known">Facts of the last run whose files are still as written.</param>
public sealed record ResolveRequest(
    ProjectInputs Inputs, StageFiles Files, WorkerHost Worker, string StoreRoot, Func<string, string?> Known, long StoreSize = StoreSize.Default);

/// <param name="Facts">What the next run compares itself with.</param>
/// <param name="Written">Files that were made of other projects' models.</param>
public sealed record ResolveResult(IReadOnlyDictionary<string, string> Facts, IReadOnlyList<string> Written);

/// <summary>
/// Makes of other model projects what this one uses of them: a base model that has their adapter in its weights, rows that their model answered. From
/// here on both are files like any other, known by content: whoever retrains to the same bytes retrains nobody else.
/// </summary>
public static class Resolve
{
    /// <summary>Null when errors were reported.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS2064</c>: a project has no model that passed its gates; <c>MOPS3132</c>: its model stays at a provider.</exception>
    public static ResolveResult? Run(ResolveRequest request, IStageLog stageLog, CancellationToken cancellation)
    {
        var log = new StageReport(stageLog);
        ReferenceCheck.Run(request.Inputs, log);
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (ModelReference reference in log.HasErrors ? [] : request.Inputs.References)
        {
            // Its own build may be writing these files; project references form no circle, so neither do these locks.
            using ProjectLock held = ProjectLock.Acquire(reference.Directory, reference.Name, log, cancellation);
            ResolvedReference.RequireModel(request.Inputs, reference);
            var resolved = new ResolvedReference(request.Inputs, reference, log, cancellation);
            if (resolved.Read())
            {
                Make(request, resolved, log, cancellation);
                resolved.AddTo(facts);
            }
        }

        return log.HasErrors ? null : new ResolveResult(facts, [.. request.Inputs.References.SelectMany(Written)]);
    }

    private static void Make(ResolveRequest request, ResolvedReference resolved, IStageLog log, CancellationToken cancellation)
    {
        if (request.Known(resolved.KeyFact) == resolved.Key.ToString())
        {
            return;
        }

        ModelReference reference = resolved.Reference;
        string reason = resolved.Reason(request.Known);

        var store = new ModelStore(reference.StoreRoot(request.StoreRoot), log);
        if (resolved.Rows is { } rows)
        {
            log.Message($"  {request.Inputs.ProjectName}: {reference.Name} answers {rows.Count} prompts (key {resolved.Key.Short}): {reason}", important: true);
            var source = AnswerSource.Local(
                store, new LocalWork(request.Worker, RunHistory.ModelOf(resolved.Training), store.Root, log, cancellation, Names.Resolve), log, cancellation);
            rows.Write(source, log);
        }
        else
        {
            bool worked = resolved.Merged!.Make(resolved.Merge!, store, request.Worker, log);
            log.Message($"  {request.Inputs.ProjectName}: base model {(worked ? "merged" : "restored")} from project {reference.Name} (key {resolved.Key.Short}): {reason}", important: true);
        }

        new StoreCollector(store).Trim(request.StoreSize);
    }

    private static IEnumerable<string> Written(ModelReference reference)
        => reference.IsTrainingData ? [reference.Output] : Directory.GetFiles(reference.Output, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
}
