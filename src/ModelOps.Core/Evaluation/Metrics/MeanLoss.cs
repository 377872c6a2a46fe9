namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Mean negative log-likelihood of the references' tokens, in nats: the sum over all rows divided by the number of scored tokens, so that
/// its exponential is the perplexity. Lower is better. Comparable only between subjects with one tokenizer.
/// </summary>
public sealed class MeanLoss : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(MeanLoss));

    public MetricScale Scale => MetricScale.Loss;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        for (int i = 0; i < items.Count; i++)
        {
            if (run.Answers[i].Score is null)
            {
                throw EvaluationErrors.MissingScore(run.Name, items[i].Id);
            }
        }

        return MetricSample.WeightedMean(
            [.. run.Answers.Select(a => a.Score!.NegativeLogLikelihood)], [.. run.Answers.Select(a => (double)a.Score!.Tokens)]);
    }

    /// <summary>A floor has no likelihoods, and neither has an endpoint that tells none; the candidate and half-scored subjects must be whole.</summary>
    public bool AppliesTo(SubjectRun run) => IsScored(run);

    internal static bool IsScored(SubjectRun run) => run.Kind == SubjectKind.Candidate || run.Answers.Any(a => a.Score is not null);
}
