using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>Scores of all that a subject said: independent answers to the same rows are scored each by itself, so that a row counts once however often it was asked.</summary>
public static class MetricRepeats
{
    /// <summary>The sample of one answer per row; the mean over the repeats where a subject was asked more than once.</summary>
    public static MetricSample ScoreAll(this IMetric metric, IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => run.FurtherRepeats.Count == 0 || metric.RowsOf(items, run) is not null ? metric.Score(items, run) : Mean([.. run.Repeats.Select(repeat => metric.Score(items, repeat))]);

    private static MetricSample Mean(MetricSample[] repeats) => new(
        [.. Enumerable.Range(0, repeats[0].Count).Select(row => repeats.Average(r => r.RowScores[row]))],
        CombinedStatistic.Mean([.. repeats.Select(repeat => repeat.Statistic)]));
}
