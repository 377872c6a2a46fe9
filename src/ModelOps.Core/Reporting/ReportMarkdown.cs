using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;

namespace ModelOps.Core.Reporting;

/// <summary>The result of an evaluation as Markdown, for the package's readme. Foreign text is cleaned and escaped.</summary>
public static class ReportMarkdown
{
    private const string Special = "\\`*_{}[]()#+-.!|~";

    /// <summary>Gates, then subjects by metrics; ends with a newline.</summary>
    /// <param name="headingLevel">Level of the two headings, 1 to 6.</param>
    public static string Write(EvaluationReport report, Verdict verdict, int headingLevel = 2)
    {
        string heading = new('#', headingLevel);
        var text = new StringBuilder();
        text.Append($"{heading} Gates\n\n");
        AppendGates(text, verdict);
        text.Append($"\n{heading} Evaluation\n\n");
        text.Append($"{report.Items.Count} held-out rows, the same for every subject; {Figure.Percent(report.Confidence)} confidence intervals. ");
        text.Append("Baselines answer without tuning; floors need no model.\n\n");
        AppendSubjects(text, report.Candidate.Metrics, report.Subjects);
        if (report.Regression is { } regression)
        {
            text.Append($"\nOn {regression.Items.Count} rows of regression data, which the base model answers as well:\n\n");
            AppendSubjects(text, regression.Candidate.Metrics, [regression.Candidate, regression.Base]);
        }

        return text.ToString();
    }

    private static void AppendGates(StringBuilder text, Verdict verdict)
    {
        if (verdict.Outcome == GateOutcome.Off)
        {
            text.Append("Gates were turned off for this build: nothing was decided.\n");
            return;
        }

        text.Append("| gate | bound | result | value | baseline |\n|---|---|---|---|---|\n");
        foreach (GateResult gate in verdict.Gates)
        {
            string outcome = StrictJson.Name(gate.Outcome);
            string baseline = gate.Baseline is null ? "" : $"{Escape(gate.Baseline)} {Figure.Value(gate.BaselineValue!.Value)}";
            string slice = gate.Slice is null ? "" : $" on {Escape(gate.Slice)}{(gate.WorstOf is { } slices ? $" (worst of {slices})" : "")}";
            text.Append($"| {Escape(gate.Metric.ToString())}{slice} | {GateText.Bound(gate)} | {outcome} | {(gate.IsMeasured ? "measured" : $"{Figure.Value(gate.Value)} {Figure.Range(gate.Interval)}")} | {baseline} |\n");
        }

        foreach (FloorComparison floor in verdict.Floors.Where(f => !f.Beaten))
        {
            text.Append($"\nNot shown to beat {Escape(floor.Floor)}, which needs no model, on {Escape(floor.Metric.ToString())}: ");
            text.Append($"{Figure.Value(floor.CandidateValue)} against {Figure.Value(floor.FloorValue)}.\n");
        }
    }

    private static void AppendSubjects(StringBuilder text, IReadOnlyList<MetricValue> shown, IReadOnlyList<SubjectReport> subjects)
    {
        MetricSpec[] metrics = [.. shown.Select(m => m.Spec)];
        text.Append($"| subject | kind | {string.Join(" | ", metrics.Select(m => Escape(m.ToString())))} |\n");
        text.Append($"|---|---|{string.Concat(metrics.Select(_ => "---|"))}\n");
        foreach (SubjectReport subject in subjects)
        {
            IEnumerable<string> cells = metrics.Select(m =>
                subject.Find(m) is { } value ? $"{Figure.Value(value.Value)} {Figure.Range(value.Interval)}" : "");
            text.Append($"| {Escape(subject.Name)} | {StrictJson.Name(subject.Run.Kind)} | {string.Join(" | ", cells)} |\n");
        }
    }

    internal static string Escape(string foreign)
    {
        var text = new StringBuilder();
        foreach (char c in ForeignText.Clean(foreign))
        {
            _ = c switch
            {
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '&' => text.Append("&amp;"),
                _ => text.Append(Special.Contains(c, StringComparison.Ordinal) ? "\\" : "").Append(c),
            };
        }

        return text.ToString();
    }
}
