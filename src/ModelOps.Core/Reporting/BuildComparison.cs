using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Reporting.Sections;

namespace ModelOps.Core.Reporting;

/// <summary>The tuned models of several builds on the rows that all of their evaluations have.</summary>
public static class BuildComparison
{
    /// <param name="builds">Two or more by name, the newest first; it is the one that the others are compared with.</param>
    /// <exception cref="Diagnostics.DiagnosticException">No row is in all of them (MOPS5302).</exception>
    public static ReportInput Of(IReadOnlyList<EarlierReport> builds)
    {
        EarlierReport newest = builds[0];
        var common = new HashSet<string>(newest.Report.Items.Select(i => i.Id), StringComparer.Ordinal);
        foreach (EarlierReport other in builds.Skip(1))
        {
            common.IntersectWith(other.Report.Items.Select(i => i.Id));
        }

        if (common.Count == 0)
        {
            throw ReportingErrors.NothingInCommon(builds.Select(b => b.Name));
        }

        EvaluationItem[] items = [.. newest.Report.Items.Where(i => common.Contains(i.Id))];
        SubjectRun[] runs = [.. builds.Index().Select(b => RunOf(b.Item, items, b.Index == 0 ? SubjectKind.Candidate : SubjectKind.Baseline))];
        IEnumerable<MetricSpec> shared = builds.Select(b => b.Report.Candidate.Metrics.Select(m => m.Spec)).Aggregate((a, b) => a.Intersect(b));
        EvaluationReport report = Evaluator.Evaluate(new EvaluationInput
        {
            Fields = new KeyFields().Add("builds", builds.Select(b => b.Report.Key.ToString())),
            Items = items,
            Subjects = runs,
            Metrics = [.. shared.Where(metric => runs.All(run => MetricText.CanScore(metric, run)))],
        });
        return new ReportInput { Title = string.Join(" against ", builds.Select(b => b.Name)), Report = report, IsComparison = true, Earlier = builds[1] };
    }

    private static SubjectRun RunOf(EarlierReport build, EvaluationItem[] items, SubjectKind kind)
    {
        Dictionary<string, int> rows = build.Report.Items.Index().ToDictionary(i => i.Item.Id, i => i.Index, StringComparer.Ordinal);
        SubjectRun run = build.Report.Candidate.Run;
        return run with
        {
            Name = build.Name,
            Kind = kind,
            Answers = [.. items.Select(item => run.Answers[rows[item.Id]])],
            GivenScores = run.GivenScores.ToDictionary(g => g.Key, g => (IReadOnlyList<double>)[.. items.Select(item => g.Value[rows[item.Id]])], StringComparer.Ordinal),
            FurtherRepeats = [.. run.FurtherRepeats.Select(repeat => (IReadOnlyList<SubjectAnswer>)[.. items.Select(item => repeat[rows[item.Id]])])],
        };
    }
}
