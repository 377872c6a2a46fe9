using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Planning;
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
}

public sealed record EvaluateResult(ActionKey Key, bool UpToDate);

/// <summary>Candidate, prompting baselines and floors on the same held-out rows, into <c>eval.json</c>.</summary>
public static class Evaluate
{
    public static EvaluateResult Run(EvaluateRequest request, IStageLog log, CancellationToken cancellation)
    {
        StageFiles files = request.Files;
        EvaluationPlan plan = EvaluationPlan.Of(request.Inputs, files, request.Settings, request.Gates, log, cancellation);
        if (plan.Key.ToString() == request.CurrentKey)
        {
            return new EvaluateResult(plan.Key, UpToDate: true);
        }

        string reason = files.Evaluated.Reason(plan.Fingerprint, StageRecord.ManifestOf(files.Dataset), "eval.json is missing or was changed");
        var results = new ResultSource(request.StoreRoot, request.Cache, files.Work, log);
        var kept = new KeptEvaluation(results, files, request.UnsignedModel);
        if (kept.TryRestore(plan.Key))
        {
            log.Message($"  {request.Inputs.ProjectName}: evaluation restored from the store (key {plan.Key.Short}; {reason})", important: true);
        }
        else if (kept.TryPull(plan.Fingerprint, cancellation) is { } feed)
        {
            log.Message($"  {request.Inputs.ProjectName}: evaluation restored from the feed '{feed}' (key {plan.Key.Short}; {reason})", important: true);
        }
        else
        {
            log.Message($"  {request.Inputs.ProjectName}: re-evaluates: {reason}", important: true);
            EvaluateNow(request, plan, results, kept, log, cancellation);
        }

        HeldOutLooks.Note(request, plan.Rows, plan.Items, plan.Training, log);
        files.Evaluated.Keep(plan.Fingerprint, files.Dataset, files.Rows(DatasetKind.Evaluation));
        return new EvaluateResult(plan.Key, UpToDate: false);
    }

    private static void EvaluateNow(EvaluateRequest request, EvaluationPlan plan, ResultSource results, KeptEvaluation kept, IStageLog log, CancellationToken cancellation)
    {
        var measured = new JsonObject();
        List<SubjectRun> all = Answer(request, plan, results, measured, log, cancellation);
        List<SubjectRun> runs = all[..plan.Subjects.Count], regressionRuns = all[plan.Subjects.Count..];
        IEnumerable<SubjectRun> floors = FloorSubjects.Of(HeldOutRows.TrainingExamples(request.Files), plan.Items)
            .Select(floor => OfProject(request, log, cancellation).WithScores(CommandMetric.WithScores(floor, plan.Metrics, plan.Items, request.Inputs.ProjectDirectory, cancellation), plan.Metrics, plan.Items));
        EvaluationReport report = Evaluator.Evaluate(new EvaluationInput
        {
            Fields = plan.Fields,
            Items = plan.Items,
            Subjects = [.. runs, .. floors],
            Metrics = plan.Metrics,
            Regression = plan.Regression is { } regression ? new RegressionInput(regression.Items, regressionRuns[0], regressionRuns[1], regression.Metrics) : null,
        });
        kept.Keep(plan.Fingerprint, report, measured, cancellation);
        log.Message($"{request.Inputs.ProjectName}: evaluated {report.Subjects.Count} subjects on {plan.Items.Count} held-out rows{(plan.Regression is { } r ? $", two on {r.Items.Count} rows of regression data" : "")} (key {plan.Key.Short})");
    }

    private static List<SubjectRun> Answer(
        EvaluateRequest request, EvaluationPlan plan, ResultSource results, JsonObject measured, IStageLog log, CancellationToken cancellation)
    {
        ModelStore store = request.UnsignedModel ? results.Unproven : results.Proven;
        var source = new AnswerSource(store, request.Worker, ModelOf(request.Files), log, cancellation);
        var runs = new List<SubjectRun>();
        foreach ((Subject subject, IReadOnlyList<EvaluationItem> items, bool scored) in plan.Asked)
        {
            IReadOnlyList<AnswerLine> answers = source.Answers(subject, items);
            IReadOnlyList<ScoreLine>? scores = scored ? source.Scores(subject, items) : null;
            SubjectRun run = SubjectRun.Join(subject.Name, subject.Kind, items, answers, scores);
            run = CommandMetric.WithScores(run, plan.MetricsOf(items), items, request.Inputs.ProjectDirectory, cancellation);
            runs.Add(OfProject(request, log, cancellation).WithScores(run, plan.MetricsOf(items), items));
            measured.TryAdd(subject.Name, Latency.Of(answers));
        }

        new StoreCollector(results.Proven).Trim(request.StoreSize);
        return runs;
    }

    private static AssemblyMetric OfProject(EvaluateRequest request, IStageLog log, CancellationToken cancellation)
        => new(request.Worker, request.Inputs.BaseModelDirectory, request.Inputs.ProjectDirectory, log, cancellation);

    private static string ModelOf(StageFiles files) => FingerprintFile.TryRead(files.Fingerprint, out _) is { } training ? RunHistory.ModelOf(training) : "";
}
