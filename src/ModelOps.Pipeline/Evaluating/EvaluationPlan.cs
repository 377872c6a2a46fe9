using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Who answers what, and the key of that: everything about an evaluation that is known before a model runs.</summary>
internal sealed record EvaluationPlan(IReadOnlyList<EvaluationItem> Items, IReadOnlyList<Subject> Subjects, IReadOnlyList<MetricSpec> Metrics, KeyFields Fields)
{
    public ActionKey Key { get; } = Fields.ToKey(Names.Evaluate);

    public static EvaluationPlan Of(
        ProjectInputs inputs, StageFiles files, TypedSettings settings, IReadOnlyList<GateDefinition> gates, IStageLog log, CancellationToken cancellation)
    {
        FingerprintFile training = FingerprintFile.TryRead(files.Fingerprint, out _) is { } found && Directory.Exists(files.Adapter)
            ? found : throw EvaluateErrors.NoAdapter(files.Adapter);
        DatasetSet evaluation = DatasetManifest.TryRead(files.Dataset)?.Set(DatasetKind.Evaluation) ?? throw EvaluationErrors.NoRows();
        IReadOnlyList<EvaluationItem> items = HeldOutRows.Read(inputs, evaluation, log, cancellation);
        IReadOnlyList<Subject> subjects = Evaluating.Subjects.Of(inputs, files, settings, training, items, cancellation);
        IReadOnlyList<MetricSpec> metrics = MetricRegistry.Select(items, scored: true, gates.Select(gate => gate.Metric));
        return new EvaluationPlan(items, subjects, metrics, KeyOf(training.Key, evaluation, subjects, metrics));
    }

    private static KeyFields KeyOf(ActionKey training, DatasetSet evaluation, IReadOnlyList<Subject> subjects, IReadOnlyList<MetricSpec> metrics)
        => new BootstrapOptions().AddTo(new KeyFields()
        .Add("format", EvaluationReport.CurrentFormat)
        .Add("trainingKey", training)
        .Add(DatasetKind.Evaluation.Field(), evaluation.Digest)
        .Add("metrics", metrics.Select(metric => metric.ToString()))
        .Add("subjects", subjects.Select(subject => subject.ToFields())));
}
