using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation;

/// <summary>Every subject under every metric, over all rows and over every slice.</summary>
internal sealed class Scoring(IReadOnlyList<EvaluationItem> items, IReadOnlyList<IMetric> metrics, BootstrapOptions bootstrap)
{
    public IReadOnlyList<SubjectReport> Of(IReadOnlyList<SubjectRun> runs)
    {
        (SubjectRun Run, IMetric Metric)[] asked = [.. runs.SelectMany(run => metrics.Where(metric => !IsPartial(metric, run) && metric.AppliesTo(run)).Select(metric => (run, metric)))];
        MetricSample[] samples = InParallel.Select(asked, pair => pair.Metric.ScoreAll(items, pair.Run));
        (SubjectRun Run, IMetric Metric, MetricSample Sample)[] scored = [.. asked.Zip(samples, (pair, sample) => (pair.Run, pair.Metric, sample))];
        Interval[] intervals = Evaluator.IntervalsOf([.. scored.Select(s => (s.Metric, s.Sample))], bootstrap);
        SliceValue[][] slices = [.. EvaluationReport.SlicesOf(items).Select(slice => Slice(slice, [.. scored.Select(s => (s.Metric, s.Sample))]))];
        ILookup<SubjectRun, MetricValue> values = scored.Index().ToLookup(s => s.Item.Run, s => new MetricValue(
            s.Item.Metric.Spec, s.Item.Sample.Value(), intervals[s.Index], s.Item.Sample.Count, s.Item.Sample.RowScores)
        {
            Slices = [.. slices.Select(slice => slice[s.Index])],
        });
        return [.. runs.Select(run => new SubjectReport(run, [.. values[run], .. metrics.Where(metric => IsPartial(metric, run)).Select(metric => Partial(metric, run)).OfType<MetricValue>()]))];
    }

    private bool IsPartial(IMetric metric, SubjectRun run) => metric.RowsOf(items, run) is not null;

    /// <summary>Over the rows that the metric knows alone; null where it knows none of a subject that is not judged. Slices of a few rated rows would say nothing.</summary>
    private MetricValue? Partial(IMetric metric, SubjectRun run)
    {
        IReadOnlyList<int> rows = metric.RowsOf(items, run)!;
        if (rows.Count == 0 && run.Kind != SubjectKind.Candidate)
        {
            return null;
        }

        MetricSample all = metric.Score(items, run), known = all.Take(rows);
        return new MetricValue(metric.Spec, known.Value(), Evaluator.IntervalsOf([(metric, known)], bootstrap)[0], rows.Count, all.RowScores);
    }

    private SliceValue[] Slice(string slice, IReadOnlyList<(IMetric Metric, MetricSample Sample)> scored)
    {
        IReadOnlyList<int> rows = EvaluationReport.RowsOf(items, slice);
        (IMetric Metric, MetricSample Sample)[] taken = [.. scored.Select(s => (s.Metric, s.Sample.Take(rows)))];
        Interval[] intervals = Evaluator.IntervalsOf(taken, bootstrap);
        return [.. taken.Zip(intervals, (t, interval) => new SliceValue(slice, t.Sample.Value(), interval, rows.Count))];
    }
}
