using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Reviewing;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// What people think of the answers: the mean over the rated rows of the mean over their raters, as a share of the way from the worst value of the question to the
/// best. The ratings are the metric's argument, and belong to the text of an answer: a new answer has none. Rows that nobody rated do not count.
/// </summary>
public sealed class HumanScore(MetricSpec spec) : IMetric
{
    private readonly ReviewFile _file = ReviewFile.Parse(spec.Argument!, "Ratings");

    public MetricSpec Spec => spec;

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        IReadOnlyList<double> scores = Scores(items, run);
        return scores.Any(s => !double.IsNaN(s)) ? new MetricSample(scores, SumStatistic.Mean([.. scores.Select(s => double.IsNaN(s) ? 0 : s)])) : throw ReviewErrors.NoRatings(spec, run.Name);
    }

    public IReadOnlyList<int>? RowsOf(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => [.. Scores(items, run).Index().Where(s => !double.IsNaN(s.Item)).Select(s => s.Index)];

    private IReadOnlyList<double> Scores(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => _file.Find(spec.Field!) is { } attribute && attribute.Share(0) is not null
            ? ReviewSummary.ScoresOf(_file, attribute, items, run)
            : throw ReviewErrors.NoQuestion(spec, _file.Attributes.Select(a => a.Name));
}
