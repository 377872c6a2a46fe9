using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Files;

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
        Subject tuned = Asked(candidate.Name, SubjectKind.Candidate, SubjectTechnique.FineTune, candidate.Respondent);
        Respondent model = Evaluating.Subjects.BaseOf(subject.Inputs, StatCache.Load(subject.Files.StatCache), cancellation);
        Subject untuned = Asked(BaseName, SubjectKind.Baseline, SubjectTechnique.Prompt, model);
        IEnumerable<MetricSpec> asked = subject.Gates.Where(gate => gate.MaximumForgetting is not null).Select(gate => gate.Metric);
        return new RegressionPlan(items, tuned, untuned, MetricRegistry.Select(items, scored: model is LocalModel, asked), set.Digest);

        Subject Asked(string name, SubjectKind kind, SubjectTechnique technique, Respondent respondent) => new(name, kind, technique, respondent, decoding, null, prompts);
    }

    /// <summary>Part of the evaluation key.</summary>
    public void AddTo(KeyFields fields) => fields.Add(DatasetKind.Regression.Field(), Rows).Add("regressionMetrics", Metrics.Select(metric => metric.Key));
}
