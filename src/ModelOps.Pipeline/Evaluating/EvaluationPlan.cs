using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Digest of the answers of a subject that might answer differently next time; null while one is missing (<see cref="Subject.RecordedDigest"/>).</summary>
internal delegate string? RecordedAnswers(Subject subject);

/// <summary>Who answers what, and the key of that: everything about an evaluation that is known before a model runs.</summary>
internal sealed record EvaluationPlan(
    IReadOnlyList<EvaluationItem> Items, IReadOnlyList<Subject> Subjects, IReadOnlyList<MetricSpec> Metrics, KeyFields Fields, bool ScoresBaselines,
    ActionKey Training, DatasetSet Judge)
{
    /// <summary>What is asked of candidate and base model besides; null for nothing.</summary>
    public RegressionPlan? Regression { get; init; }

    /// <summary>Who judges the answers; empty for nobody.</summary>
    public IReadOnlyList<JudgePlan> Judges { get; init; } = [];

    /// <summary>Everybody who is asked, with the rows.</summary>
    public IEnumerable<(Subject Subject, IReadOnlyList<EvaluationItem> Items, bool Scored)> Asked =>
    [
        .. Subjects.Select(subject => (subject, Items, Scores(subject))),
        .. (Regression?.Subjects ?? []).Select(subject => (subject, Regression!.Items, subject.Respondent is LocalModel)),
    ];

    /// <summary>What is asked on validation rows before, to fit prompts.</summary>
    public IEnumerable<(Subject Subject, IReadOnlyList<EvaluationItem> Items)> Fitting
        => Subjects.Where(subject => subject.Fit is not null).SelectMany(subject => subject.Fit!.Choices.Select(choice => (choice, subject.Fit.Rows)));

    /// <summary>What the answers to these rows are scored by.</summary>
    public IReadOnlyList<MetricSpec> MetricsOf(IReadOnlyList<EvaluationItem> items) => ReferenceEquals(items, Items) ? Metrics : Regression!.Metrics;

    public Digest Rows => Judge.Digest;

    public FingerprintFile Fingerprint => FingerprintFile.Of(Names.Evaluate, Fields);

    public ActionKey Key => Fingerprint.Key;

    /// <summary>Whether the likelihood of the references under this subject is asked for; only a model that runs here can tell it.</summary>
    public bool Scores(Subject subject)
        => subject.Respondent is LocalModel && (subject.Kind is SubjectKind.Candidate || (ScoresBaselines && subject.Kind is not SubjectKind.Variant));

    /// <summary>Of the model that Train left and the rows that Validate saw.</summary>
    public static EvaluationPlan Of(
        ProjectInputs inputs, StageFiles files, TypedSettings settings, IReadOnlyList<GateDefinition> gates, RecordedAnswers recorded, IStageLog log,
        CancellationToken cancellation)
    {
        FingerprintFile training = FingerprintFile.TryRead(files.Fingerprint, out _) is { } found && Directory.Exists(files.Adapter)
            ? found : throw EvaluateErrors.NoAdapter(files.Adapter);
        DatasetManifest dataset = DatasetManifest.TryRead(files.Dataset) ?? throw EvaluationErrors.NoRows();
        return Of(new EvaluationSubject(inputs, files, settings, gates), training.Key, dataset, recorded, log, cancellation);
    }

    /// <summary>Of a model that need not be there yet.</summary>
    public static EvaluationPlan Of(
        EvaluationSubject subject, ActionKey training, DatasetManifest dataset, RecordedAnswers recorded, IStageLog log, CancellationToken cancellation)
    {
        DatasetSet evaluation = dataset.Set(subject.Files.Judge) ?? throw EvaluationErrors.NoRows();
        IReadOnlyList<EvaluationItem> items = HeldOutRows.Read(subject.Inputs, subject.Inputs.EvalData, evaluation, log, cancellation);
        IReadOnlyList<Subject> subjects = Evaluating.Subjects.Of(subject, training, dataset, items, log, cancellation);
        subject.CheckLikelihoods(subjects);
        IReadOnlyList<JudgePlan> judges = Evaluating.Subjects.JudgesOf(subject, dataset, log, cancellation);
        IEnumerable<MetricSpec> gated = subject.Gates.Where(gate => gate.JudgesHeldOutRows).Select(gate => gate.Metric);
        IReadOnlyList<MetricSpec> metrics = MetricRegistry.Select(items, scored: subjects[0].Respondent is LocalModel, gated.Concat(judges.Select(judge => judge.Metric)));
        RegressionPlan? regression = RegressionPlan.Of(subject, subjects[0], dataset, log, cancellation);
        return new EvaluationPlan(items, subjects, metrics, new KeyFields(), subject.ScoresBaselines, training, evaluation) { Regression = regression, Judges = judges }.With(recorded);
    }

    /// <summary>The same with prompts fitted, as far as the answers for that are there. The key stays: it names what decides, not what came out.</summary>
    /// <param name="answers">Those of a choice on validation rows; null while one is missing.</param>
    public EvaluationPlan Fitted(Func<Subject, IReadOnlyList<EvaluationItem>, IReadOnlyList<AnswerLine>?> answers)
        => this with { Subjects = [.. Subjects.Select(subject => subject.Fit?.Choose(answers) ?? subject)] };

    /// <summary>The same with the answers that are there now.</summary>
    public EvaluationPlan With(RecordedAnswers recorded)
    {
        KeyFields fields = new BootstrapOptions().AddTo(new KeyFields()
            .Add("format", EvaluationReport.CurrentFormat)
            .Add("evaluator", Evaluator.Version)
            .Add("trainingKey", Training)
            .Add(Judge.Kind.Field(), Judge.Digest)
            .Add("metrics", Metrics.Select(metric => metric.Key))
            .Add("baselinesScored", ScoresBaselines)
            .Add("subjects", Subjects.Select(subject => subject.ToFields(recorded(subject)))));
        Regression?.AddTo(fields);
        if (Judges.Count > 0)
        {
            fields.Add("judges", Judges.Select(judge => judge.ToFields()));
        }

        return this with { Fields = fields };
    }
}

/// <summary>What an evaluation asks about, besides the trained model and the rows.</summary>
/// <param name="Gates">Only their metrics count here, never their bounds.</param>
internal sealed record EvaluationSubject(ProjectInputs Inputs, StageFiles Files, TypedSettings Settings, IReadOnlyList<GateDefinition> Gates)
{
    /// <summary>Likelihoods of the baselines cost as much as their answers, so they are computed only where a gate looks at them.</summary>
    public bool ScoresBaselines => Gates.Any(gate => MetricRegistry.IsOfLikelihood(gate.Metric.Name));

    /// <summary>What prompts are fitted by: what the first gain gate compares, where it is read from answers alone, else exact match.</summary>
    public MetricSpec FittedBy => Gates.FirstOrDefault(gate => gate is { JudgesHeldOutRows: true, MinimumGain: not null, IsMeasured: false } && MetricRegistry.IsOfAnswers(gate.Metric.Name))?.Metric
        ?? MetricSpec.Primary;

    /// <summary>Refuses, before anybody is asked, a gain that cannot be known.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5172</c>: a baseline tells no likelihoods.</exception>
    public void CheckLikelihoods(IReadOnlyList<Subject> subjects)
    {
        if (Gates.FirstOrDefault(gate => gate.MinimumGain is not null && MetricRegistry.IsOfLikelihood(gate.Metric.Name)) is { } gain
            && subjects.FirstOrDefault(subject => subject.Kind == SubjectKind.Baseline && subject.Respondent is not LocalModel) is { } silent)
        {
            throw GateErrors.NoLikelihood(gain, silent.Name);
        }
    }
}
