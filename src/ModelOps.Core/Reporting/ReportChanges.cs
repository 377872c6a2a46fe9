using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Reporting.Sections;

namespace ModelOps.Core.Reporting;

/// <summary>What became of the rows since an earlier evaluation. Rows are the same when their content is (their id is a digest).</summary>
public sealed record ReportChanges
{
    private ReportChanges(EvaluationReport now, EarlierReport earlier)
    {
        Name = earlier.Name;
        Dictionary<string, int> then = earlier.Report.Items.Index().ToDictionary(i => i.Item.Id, i => i.Index, StringComparer.Ordinal);
        RowThen = [.. now.Items.Select(i => then.TryGetValue(i.Id, out int row) ? row : -1)];
        Common = RowThen.Count(row => row >= 0);
        Added = now.Items.Count - Common;
        Removed = earlier.Report.Items.Count - Common;
        Answers = earlier.Report.Candidate.Run.Answers;
        Metric = MetricText.Deciding(now.Candidate)?.Spec;
        if (Metric is not null && now.Candidate.Find(Metric) is { } scores && earlier.Report.Candidate.Find(Metric) is { } before)
        {
            (Scores, ScoresThen) = (scores.RowScores, before.RowScores);
        }
    }

    /// <summary>What the earlier evaluation is called.</summary>
    public string Name { get; }

    /// <summary>Rows that both evaluations have.</summary>
    public int Common { get; }

    public int Added { get; }

    public int Removed { get; }

    /// <summary>Rows whose answer is now right and was wrong, and the reverse, by <see cref="Metric"/>.</summary>
    public int Fixed => Count((now, then) => now > then);

    public int Broken => Count((now, then) => now < then);

    /// <summary>Common rows whose answer is another text.</summary>
    public int Changed { get; private init; }

    /// <summary>What right and wrong are by; null where the two evaluations share no such metric.</summary>
    public MetricSpec? Metric { get; }

    /// <summary>The difference of the shares right on the common rows with its paired interval; null without <see cref="Metric"/>.</summary>
    public (double Value, Interval Interval)? Difference(double confidence)
    {
        if (Scores is null || Common == 0)
        {
            return null;
        }

        var counts = new PairedCounts(Fixed, Broken, Common);
        return (counts.Difference, Tango.Of(counts, confidence));
    }

    /// <summary>For every row of now, its index in the earlier evaluation; -1: it was not there.</summary>
    internal IReadOnlyList<int> RowThen { get; }

    /// <summary>The earlier candidate's answers.</summary>
    internal IReadOnlyList<SubjectAnswer> Answers { get; }

    internal IReadOnlyList<double>? ScoresThen { get; }

    private IReadOnlyList<double>? Scores { get; }

    /// <summary>Null when there is nothing to compare with.</summary>
    public static ReportChanges? Of(ReportInput input)
    {
        if (input.Earlier is not { } earlier)
        {
            return null;
        }

        var changes = new ReportChanges(input.Report, earlier);
        IReadOnlyList<SubjectAnswer> answers = input.Report.Candidate.Run.Answers;
        return changes with { Changed = changes.RowThen.Index().Count(r => r.Item >= 0 && answers[r.Index].Text != changes.Answers[r.Item].Text) };
    }

    private int Count(Func<double, double, bool> which)
        => Scores is null ? 0 : RowThen.Index().Count(r => r.Item >= 0 && which(Scores[r.Index], ScoresThen![r.Item]));
}
