using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// exp of the mean negative log-likelihood of the references' tokens (Jelinek et al., 1977); at least 1, lower is better. Comparable only between
/// subjects with one tokenizer. A row's score is its own perplexity.
/// </summary>
public sealed class Perplexity : IMetric
{
    private readonly MeanLoss _loss = new();

    public MetricSpec Spec { get; } = new(nameof(Perplexity));

    public MetricScale Scale { get; } = new(new ValueRange(1, double.PositiveInfinity), HigherIsBetter: false);

    public bool AppliesTo(SubjectRun run) => MeanLoss.IsScored(run);

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        MetricSample loss = _loss.Score(items, run);
        double[] amounts = [.. run.Answers.Select(a => a.Score!.NegativeLogLikelihood)], tokens = [.. run.Answers.Select(a => (double)a.Score!.Tokens)];
        return new MetricSample([.. loss.RowScores.Select(PortableMath.Exp)], new SumStatistic([amounts, tokens], static sums => PortableMath.Exp(sums[0] / sums[1])));
    }
}
