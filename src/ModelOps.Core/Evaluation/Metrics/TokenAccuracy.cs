namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Share of the references' tokens that the subject finds at their place as likely as any other, given the tokens before: what greedy decoding would have
/// chosen (teacher forcing). For subjects that run here. A row's score is its own share.
/// </summary>
public sealed class TokenAccuracy : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(TokenAccuracy));

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        int missing = run.Answers.Index().FirstOrDefault(a => a.Item.Score?.Likeliest is null, (-1, null!)).Index;
        return missing < 0 ? MetricSample.WeightedMean([.. run.Answers.Select(a => (double)a.Score!.Likeliest!)], [.. run.Answers.Select(a => (double)a.Score!.Tokens)])
            : throw EvaluationErrors.MissingScore(run.Name, items[missing].Id);
    }

    public bool AppliesTo(SubjectRun run) => MeanLoss.IsScored(run);
}
