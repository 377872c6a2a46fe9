using System.Text;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Sections;

namespace ModelOps.Core.Reporting;

/// <summary>The report in a screen of Markdown, for a pull request or a job's summary: verdict, gates, subjects, what changed, a few wrong answers.</summary>
public static class SummaryMarkdown
{
    private const int Examples = 10;
    private const int ExampleLength = 120;

    public static string Write(ReportInput input)
    {
        var text = new StringBuilder();
        string outcome = input.Verdict is { } verdict ? ": " + VerdictSection.Statement(verdict).ToLowerInvariant() : "";
        text.Append($"## {ReportMarkdown.Escape(input.Title)}{outcome}\n\n");
        text.Append(input.Verdict is null ? "" : ReportMarkdown.Write(input.Report, input.Verdict, headingLevel: 3));
        AppendChanges(text, input);
        AppendExamples(text, input.Report);
        return text.ToString();
    }

    private static void AppendChanges(StringBuilder text, ReportInput input)
    {
        if (ReportChanges.Of(input) is not { Common: > 0 } changes)
        {
            return;
        }

        text.Append($"\n### Since {ReportMarkdown.Escape(changes.Name)}\n\n");
        text.Append($"On the {changes.Common} common rows: {changes.Fixed} fixed, {changes.Broken} broken, {changes.Changed} other answers");
        if (changes.Difference(input.Report.Confidence) is { } difference)
        {
            text.Append($"; {ReportMarkdown.Escape(changes.Metric!.ToString())} {PairedSection.Signed(difference.Value)} {Figure.Range(difference.Interval)}");
        }

        text.Append(".\n");
    }

    private static void AppendExamples(StringBuilder text, EvaluationReport report)
    {
        if (MetricText.Deciding(report.Candidate) is not { } deciding)
        {
            return;
        }

        int[] wrong = [.. Enumerable.Range(0, report.Items.Count).Where(row => deciding.RowScores[row] < 1)];
        if (wrong.Length == 0)
        {
            return;
        }

        text.Append($"\n<details><summary>{wrong.Length} of {report.Items.Count} rows wrong by {deciding.Spec.Name}{(wrong.Length > Examples ? $", the first {Examples}" : "")}</summary>\n\n");
        text.Append("| row | input | right answer | candidate |\n|---:|---|---|---|\n");
        foreach (int row in wrong.Take(Examples))
        {
            text.Append($"| {row + 1} | {Cell(report.Items[row].Input)} | {Cell(report.Items[row].Reference)} | {Cell(report.Candidate.Run.Answers[row].Text)} |\n");
        }

        text.Append("\n</details>\n");
    }

    private static string Cell(string text) => ReportMarkdown.Escape(text.Length > ExampleLength ? text[..ExampleLength] + "…" : text);
}
