namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// A metric whose rows are scored outside of this library, by a command or a judge: the mean of scores from 0 to 1, higher is better. The scores come with
/// the run (<see cref="SubjectRun.GivenScores"/>).
/// </summary>
public sealed class GivenScore(MetricSpec spec) : IMetric
{
    public MetricSpec Spec => spec;

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        if (!run.GivenScores.TryGetValue(spec.ToString(), out IReadOnlyList<double>? scores) || scores.Count != items.Count)
        {
            throw MetricErrors.NoGivenScore(spec, run.Name);
        }

        int bad = scores.Index().FirstOrDefault(s => !(s.Item is >= 0 and <= 1), (-1, 0)).Index;
        return bad < 0 ? MetricSample.Mean(scores) : throw MetricErrors.ScoreOutOfRange(spec, run.Name, items[bad].Id, scores[bad]);
    }

    public bool AppliesTo(SubjectRun run) => run.Kind == SubjectKind.Candidate || run.GivenScores.ContainsKey(spec.ToString());
}
