namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>Share of answers that are one JSON value by RFC 8259 with unique names (RFC 7493); a fence or a word around it is no JSON.</summary>
public sealed class JsonValid : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(JsonValid));

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => new RightWrongSample([.. run.Answers.Select(a => JsonText.TryParse(a.Text) is not null)]);
}
