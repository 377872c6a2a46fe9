namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>The mean over independent answers to the same rows: each repeat is scored by itself, so that a row counts once however often it was asked.</summary>
public sealed class RepeatedSample : MetricSample
{
    private readonly IReadOnlyList<MetricSample> _repeats;

    /// <param name="repeats">One sample per repeat over the same rows; at least one.</param>
    public RepeatedSample(IReadOnlyList<MetricSample> repeats)
        : base([.. Enumerable.Range(0, repeats[0].Count).Select(row => repeats.Average(r => r.RowScores[row]))])
        => _repeats = repeats;

    public override double Value(ReadOnlySpan<int> rows)
    {
        double sum = 0;
        foreach (MetricSample repeat in _repeats)
        {
            sum += repeat.Value(rows);
        }

        return sum / _repeats.Count;
    }
}

/// <summary>Scores of all that a subject said.</summary>
public static class MetricRepeats
{
    /// <summary>The sample of one answer per row; the mean over the repeats where a subject was asked more than once.</summary>
    public static MetricSample ScoreAll(this IMetric metric, IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => run.FurtherRepeats.Count == 0 ? metric.Score(items, run) : new RepeatedSample([.. run.Repeats.Select(repeat => metric.Score(items, repeat))]);
}
