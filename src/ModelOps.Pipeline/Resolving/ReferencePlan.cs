using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Resolving;

/// <summary>What Resolve would do with a reference.</summary>
internal sealed class ReferencePlan(
    ProjectInputs inputs, ModelReference reference, Func<string, string?> known, string storeRoot, IStageLog log, CancellationToken cancellation)
{
    private ResolvedReference? _resolved;

    public StagePlan Of()
    {
        var store = new StoreGlance(reference.StoreRoot(storeRoot));
        var report = new StageReport(log);
        ReferenceCheck.Run(inputs, report);
        if (report.HasErrors)
        {
            return Plan(StageState.Unknown, "fails", "it reports errors", stale: true);
        }

        string verb = reference.IsBaseModel ? "merges" : "asks";
        if (reference.Changes)
        {
            return Plan(StageState.Work, verb, $"the model of project {reference.Name} changes first", stale: true);
        }

        ResolvedReference.RequireModel(inputs, reference);
        _resolved = new ResolvedReference(inputs, reference, report, cancellation);
        if (!_resolved.Read())
        {
            return Plan(StageState.Unknown, "fails", "it reports errors", stale: true);
        }

        if (known(_resolved.KeyFact) == _resolved.Key.ToString())
        {
            return Plan(StageState.UpToDate, "", "", stale: false);
        }

        bool stored = _resolved.Rows is { } rows ? rows.Open(store.Answers(rows.AnswersKey)) == 0 : reference.IsWholeModel || store.Has(_resolved.Merge!.Key);
        return Plan(stored ? StageState.Restore : StageState.Work, stored ? "restores" : verb, _resolved.Reason(known), stale: !stored || known(_resolved.KeyFact) is not null);
    }

    /// <summary>Puts what the store has into a temporary folder; the project as if it lay where Resolve would put it.</summary>
    public ProjectInputs Restore(string scratch)
    {
        string output = Path.Combine(scratch, Path.GetFileName(reference.Output));
        var resolved = new ResolvedReference(inputs, reference with { Output = output }, log, cancellation);
        resolved.Read();
        var store = new ModelStore(reference.StoreRoot(storeRoot), log);
        var nobody = new WorkerHost("", "", scratch);
        if (resolved.Rows is { } rows)
        {
            rows.Write(AnswerSource.Local(store, new LocalWork(nobody, "", store.Root, log, cancellation, Names.Resolve), log, cancellation), log);
        }
        else
        {
            resolved.Merged!.Make(resolved.Merge!, store, nobody, log);
        }

        var settings = new Dictionary<string, string>(inputs.Settings, StringComparer.Ordinal);
        if (reference.IsBaseModel)
        {
            settings[Names.BaseModel] = output;
        }

        ModelReference[] references = [.. inputs.References.Select(r => r == reference ? r with { Output = output } : r)];
        return inputs with { Settings = settings, References = references, TrainingData = [.. inputs.TrainingData.Select(item => item.FullPath == reference.Output ? item with { FullPath = output } : item)] };
    }

    private static StagePlan Plan(StageState state, string verb, string reason, bool stale) => new(Names.Resolve, state, verb, reason, stale);
}
