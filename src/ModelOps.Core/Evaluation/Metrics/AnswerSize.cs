using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>Mean number of tokens of a prompt or of an answer, as the subject counts them; lower is better.</summary>
public sealed class AnswerSize(bool prompt) : IMetric
{
    public MetricSpec Spec { get; } = new(prompt ? "PromptTokens" : "CompletionTokens");

    public MetricScale Scale => MetricScale.Loss;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => MetricSample.Mean([.. run.Answers.Select(a => (double)(prompt ? a.PromptTokens : a.CompletionTokens))]);
}

/// <summary>What 1,000 requests like the held-out rows cost, in the currency of the subject's price; 0 where nothing is charged; lower is better.</summary>
public sealed class CostPerThousand : IMetric
{
    private const double Requests = 1000;

    public MetricSpec Spec { get; } = new(nameof(CostPerThousand));

    public MetricScale Scale => MetricScale.Loss;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => MetricSample.Mean([.. run.Answers.Select(a => Requests * (run.Price?.Of(a.PromptTokens, a.CompletionTokens) ?? 0))]);
}
