namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Share of answers with the right label (scikit-learn's <c>accuracy_score</c>): the whole trimmed text, compared ordinally, or one field of the JSON
/// object. The labels are those of <see cref="F1"/>.
/// </summary>
public sealed class LabelAccuracy(string? field = null) : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(LabelAccuracy), field);

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        if (field is not null)
        {
            ReferenceFields.Require(Spec, field, items);
        }

        return new RightWrongSample([.. items.Select((item, i) => Labels.Of(run.Answers[i].Text, field) is { } label && label == (Labels.Of(item.Reference, field) ?? ""))]);
    }
}
