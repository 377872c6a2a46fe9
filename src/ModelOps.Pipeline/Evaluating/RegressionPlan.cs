using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>What tuning should not have changed: candidate and base model on the regression data, both asked with the rows' own messages.</summary>
internal sealed record RegressionPlan(IReadOnlyList<EvaluationItem> Items, Subject Candidate, Subject Base, IReadOnlyList<MetricSpec> Metrics, Digest Rows)
{
    /// <summary>The base model among the subjects of a report.</summary>
    public const string BaseName = "base";

    public IEnumerable<Subject> Subjects => [Candidate, Base];

    /// <summary>Null where the project has no regression data.</summary>
    /// <param name="candidate">As it is asked about the held-out rows.</param>
    public static RegressionPlan? Of(EvaluationSubject subject, Subject candidate, DatasetManifest dataset, IStageLog log, CancellationToken cancellation)
    {
        if (dataset.Set(DatasetKind.Regression) is not { } set)
        {
            return null;
        }

        IReadOnlyList<EvaluationItem> items = HeldOutRows.Read(subject.Inputs, subject.Inputs.RegressionData, set, log, cancellation);

        // The schema of the project's own answers would be forced upon questions that have nothing to do with it.
        DecodingOptions decoding = candidate.Decoding with { JsonSchema = null };
        IReadOnlyList<PromptMessage>[] prompts = [.. items.Select(item => item.Messages)];
        var tuned = new Subject(candidate.Name, SubjectKind.Candidate, candidate.Model, candidate.Adapter, candidate.Identity, decoding, null, prompts);
        StatCache digests = StatCache.Load(subject.Files.StatCache);
        string folder = subject.Inputs.BaseModelDirectory;
        KeyFields identity = new KeyFields()
            .Add("baseModel", BaseModelIdentity.Compute(folder, path => digests.DigestOf(path, cancellation)).Digest)
            .Add("worker", WorkerIdentity.Of(subject.Inputs, digests, cancellation)?.ToString());
        var untuned = new Subject(BaseName, SubjectKind.Baseline, folder, null, identity, decoding, null, prompts);
        IEnumerable<MetricSpec> asked = subject.Gates.Where(gate => gate.MaximumForgetting is not null).Select(gate => gate.Metric);
        return new RegressionPlan(items, tuned, untuned, MetricRegistry.Select(items, scored: true, asked), set.Digest);
    }

    /// <summary>Part of the evaluation key.</summary>
    public void AddTo(KeyFields fields) => fields.Add(DatasetKind.Regression.Field(), Rows).Add("regressionMetrics", Metrics.Select(metric => metric.Key));
}
