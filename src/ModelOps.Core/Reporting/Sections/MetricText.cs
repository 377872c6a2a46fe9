using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>What the sections ask of metrics.</summary>
internal static class MetricText
{
    public static bool LowerIsBetter(MetricSpec metric)
    {
        try
        {
            return !MetricRegistry.Resolve(metric).Scale.HigherIsBetter;
        }
        catch (DiagnosticException)
        {
            return false; // A metric of one's own, or of a later version: nothing is said of its direction.
        }
    }

    /// <summary>Whether a run has what the metric needs, and the metric is one that this version knows.</summary>
    public static bool CanScore(MetricSpec metric, SubjectRun run)
    {
        try
        {
            IMetric known = MetricRegistry.Resolve(metric);
            return known is GivenScore ? run.GivenScores.ContainsKey(metric.ToString()) : known.AppliesTo(run);
        }
        catch (DiagnosticException)
        {
            return false;
        }
    }

    /// <summary>Every row is right or wrong under it.</summary>
    public static bool IsRightWrong(MetricValue metric) => metric.RowScores.All(score => score is 0 or 1);

    /// <summary>The metric that rows are called right or wrong by: the primary one where the report has it.</summary>
    public static MetricValue? Deciding(SubjectReport subject)
        => subject.Find(MetricSpec.Primary) ?? subject.Metrics.FirstOrDefault(IsRightWrong);
}
