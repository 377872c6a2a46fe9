using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline;

/// <param name="Gates">Only their metrics count here, never their bounds.</param>
/// <param name="CurrentKey">The key that <c>eval.json</c> is known to belong to.</param>
public sealed record EvaluateRequest(
    ProjectInputs Inputs, StageFiles Files, TypedSettings Settings, IReadOnlyList<GateDefinition> Gates, WorkerHost Worker, string StoreRoot, string? CurrentKey);

public sealed record EvaluateResult(ActionKey Key, bool UpToDate);

/// <summary>Candidate, prompting baselines and floors on the same held-out rows, into <c>eval.json</c>.</summary>
public static class Evaluate
{
    public static EvaluateResult Run(EvaluateRequest request, IStageLog log, CancellationToken cancellation)
    {
        StageFiles files = request.Files;
        FingerprintFile training = FingerprintFile.TryRead(files.Fingerprint, out _) is { } found && Directory.Exists(files.Adapter)
            ? found : throw EvaluateErrors.NoAdapter(files.Adapter);
        DatasetSet evaluation = DatasetManifest.TryRead(files.Dataset)?.Set(DatasetKind.Evaluation) ?? throw EvaluationErrors.NoRows();
        if (request.Inputs.RegressionData.Count > 0)
        {
            log.Report(EvaluateErrors.RegressionNotJudged(request.Inputs.ProjectFile));
        }

        IReadOnlyList<EvaluationItem> items = HeldOutRows.Read(request.Inputs, evaluation, log, cancellation);
        IReadOnlyList<Subject> subjects = Subjects.Of(request, training, items, cancellation);
        IReadOnlyList<MetricSpec> metrics = MetricRegistry.Select(items, scored: true, request.Gates.Select(gate => gate.Metric));
        KeyFields fields = KeyOf(training.Key, evaluation, subjects, metrics);
        ActionKey key = fields.ToKey(Names.Evaluate);
        if (key.ToString() == request.CurrentKey)
        {
            return new EvaluateResult(key, UpToDate: true);
        }

        IReadOnlyList<SubjectRun> runs = Answer(request, subjects, items, log, cancellation);
        EvaluationReport report = Evaluator.Evaluate(new EvaluationInput
        {
            Fields = fields,
            Items = items,
            Subjects = [.. runs, .. FloorSubjects.Of(HeldOutRows.TrainingExamples(files), items)],
            Metrics = metrics,
        });
        AtomicFile.WriteIfDifferent(files.Evaluation, EvaluationJson.Write(report));
        log.Message($"{request.Inputs.ProjectName}: evaluated {report.Subjects.Count} subjects on {items.Count} held-out rows (key {key.Short})");
        return new EvaluateResult(key, UpToDate: false);
    }

    private static KeyFields KeyOf(ActionKey training, DatasetSet evaluation, IReadOnlyList<Subject> subjects, IReadOnlyList<MetricSpec> metrics)
        => new BootstrapOptions().AddTo(new KeyFields()
        .Add("format", EvaluationReport.CurrentFormat)
        .Add("trainingKey", training)
        .Add(DatasetKind.Evaluation.Field(), evaluation.Digest)
        .Add("metrics", metrics.Select(metric => metric.ToString()))
        .Add("subjects", subjects.Select(subject => subject.ToFields())));

    private static List<SubjectRun> Answer(
        EvaluateRequest request, IReadOnlyList<Subject> subjects, IReadOnlyList<EvaluationItem> items, IStageLog log, CancellationToken cancellation)
    {
        var source = new AnswerSource(new ModelStore(request.StoreRoot, log), request.Worker, log, cancellation);
        bool scoreBaselines = request.Gates.Any(gate => gate.Metric.Name == nameof(MeanLoss));
        var runs = new List<SubjectRun>();
        var measured = new JsonObject();
        foreach (Subject subject in subjects)
        {
            IReadOnlyList<AnswerLine> answers = source.Answers(subject, items);
            IReadOnlyList<ScoreLine>? scores = subject.Kind == SubjectKind.Candidate || scoreBaselines ? source.Scores(subject, items) : null;
            runs.Add(SubjectRun.Join(subject.Name, subject.Kind, items, answers, scores));
            measured[subject.Name] = Latency.Of(answers);
        }

        Measurements.Update(request.Files.Measurements, "evaluate", measured);
        return runs;
    }
}
