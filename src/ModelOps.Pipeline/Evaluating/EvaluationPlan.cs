using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Who answers what, and the key of that: everything about an evaluation that is known before a model runs.</summary>
internal sealed record EvaluationPlan(
    IReadOnlyList<EvaluationItem> Items, IReadOnlyList<Subject> Subjects, IReadOnlyList<MetricSpec> Metrics, KeyFields Fields, bool ScoresBaselines,
    ActionKey Training, Digest Rows)
{
    /// <summary>What is asked of candidate and base model besides; null for nothing.</summary>
    public RegressionPlan? Regression { get; init; }

    /// <summary>Everybody who is asked, with the rows.</summary>
    public IEnumerable<(Subject Subject, IReadOnlyList<EvaluationItem> Items, bool Scored)> Asked =>
    [
        .. Subjects.Select(subject => (subject, Items, Scores(subject))),
        .. (Regression?.Subjects ?? []).Select(subject => (subject, Regression!.Items, true)),
    ];

    /// <summary>What the answers to these rows are scored by.</summary>
    public IReadOnlyList<MetricSpec> MetricsOf(IReadOnlyList<EvaluationItem> items) => ReferenceEquals(items, Items) ? Metrics : Regression!.Metrics;

    public FingerprintFile Fingerprint { get; } = FingerprintFile.Of(Names.Evaluate, Fields);

    public ActionKey Key => Fingerprint.Key;

    /// <summary>Whether the likelihood of the references under this subject is asked for.</summary>
    public bool Scores(Subject subject) => subject.Kind == SubjectKind.Candidate || ScoresBaselines;

    /// <summary>Of the model that Train left and the rows that Validate saw.</summary>
    public static EvaluationPlan Of(
        ProjectInputs inputs, StageFiles files, TypedSettings settings, IReadOnlyList<GateDefinition> gates, IStageLog log, CancellationToken cancellation)
    {
        FingerprintFile training = FingerprintFile.TryRead(files.Fingerprint, out _) is { } found && Directory.Exists(files.Adapter)
            ? found : throw EvaluateErrors.NoAdapter(files.Adapter);
        DatasetManifest dataset = DatasetManifest.TryRead(files.Dataset) ?? throw EvaluationErrors.NoRows();
        return Of(new EvaluationSubject(inputs, files, settings, gates), training.Key, dataset, log, cancellation);
    }

    /// <summary>Of a model that need not be there yet.</summary>
    public static EvaluationPlan Of(EvaluationSubject subject, ActionKey training, DatasetManifest dataset, IStageLog log, CancellationToken cancellation)
    {
        DatasetSet evaluation = dataset.Set(subject.Files.Judge) ?? throw EvaluationErrors.NoRows();
        IReadOnlyList<EvaluationItem> items = HeldOutRows.Read(subject.Inputs, subject.Inputs.EvalData, evaluation, log, cancellation);
        IReadOnlyList<Subject> subjects = Evaluating.Subjects.Of(subject, training, items, cancellation);
        IReadOnlyList<MetricSpec> metrics = MetricRegistry.Select(items, scored: true, subject.Gates.Where(gate => gate.JudgesHeldOutRows).Select(gate => gate.Metric));
        KeyFields fields = KeyOf(training, evaluation, subjects, metrics, subject.ScoresBaselines);
        RegressionPlan? regression = RegressionPlan.Of(subject, subjects[0], dataset, log, cancellation);
        regression?.AddTo(fields);
        return new EvaluationPlan(items, subjects, metrics, fields, subject.ScoresBaselines, training, evaluation.Digest) { Regression = regression };
    }

    private static KeyFields KeyOf(
        ActionKey training, DatasetSet evaluation, IReadOnlyList<Subject> subjects, IReadOnlyList<MetricSpec> metrics, bool scoresBaselines)
        => new BootstrapOptions().AddTo(new KeyFields()
        .Add("format", EvaluationReport.CurrentFormat)
        .Add("evaluator", Evaluator.Version)
        .Add("trainingKey", training)
        .Add(evaluation.Kind.Field(), evaluation.Digest)
        .Add("metrics", metrics.Select(metric => metric.Key))
        .Add("baselinesScored", scoresBaselines)
        .Add("subjects", subjects.Select(subject => subject.ToFields())));
}

/// <summary>What an evaluation asks about, besides the trained model and the rows.</summary>
/// <param name="Gates">Only their metrics count here, never their bounds.</param>
internal sealed record EvaluationSubject(ProjectInputs Inputs, StageFiles Files, TypedSettings Settings, IReadOnlyList<GateDefinition> Gates)
{
    /// <summary>Likelihoods of the baselines cost as much as their answers, so they are computed only where a gate looks at them.</summary>
    public bool ScoresBaselines => Gates.Any(gate => gate.Metric.Name is nameof(MeanLoss) or nameof(Perplexity) or nameof(TokenAccuracy));
}
