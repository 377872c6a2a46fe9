using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Plots;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>Every subject's value under every metric, with its interval.</summary>
internal static class ComparisonSection
{
    public static void Write(HtmlWriter html, ReportInput input)
    {
        EvaluationReport report = input.Report;
        html.Write($"""<section id="comparison" aria-labelledby="comparison-h"><h2 id="comparison-h">{(input.IsComparison ? "The builds" : "Against the baselines")}</h2>""");
        html.Write($"""<p class="lead">The same {report.Items.Count} rows for every subject; whiskers are {Figure.Percent(report.Confidence)} confidence intervals of each value alone. """);
        html.Write($"""{(input.IsComparison ? "" : "Baselines answer without tuning; floors need no model.")}</p><div class="pair">""");
        foreach (MetricSpec metric in report.Candidate.Metrics.Select(m => m.Spec))
        {
            Metric(html, report.Subjects, metric);
        }

        html.Write($"</div></section>");
    }

    public static void Metric(HtmlWriter html, IEnumerable<SubjectReport> subjects, MetricSpec metric)
    {
        (SubjectReport Subject, MetricValue Value)[] rows = [.. subjects.Select(s => (s, s.Find(metric))).Where(r => r.Item2 is not null).Select(r => (r.s, r.Item2!))];
        Axis axis = Axis.Over(rows.SelectMany(r => (double[])[r.Value.Value, r.Value.Interval.Lower, r.Value.Interval.Upper]));
        string note = MetricText.LowerIsBetter(metric) ? "lower is better" : "";
        html.Write($"""<table class="plots"><caption>{metric.ToString()} <small>{note}</small></caption><thead class="quiet"><tr><th scope="col">Subject</th><th scope="col">Interval</th><th scope="col">Value</th></tr></thead><tbody>""");
        foreach ((SubjectReport subject, MetricValue value) in rows)
        {
            string kind = StrictJson.Name(subject.Run.Kind);
            html.Write($"""<tr class="{kind}"><th scope="row">{subject.Name}</th><td class="wide">""");
            InlinePlot.Whisker(html, axis, value.Value, value.Interval, kind);
            html.Write($"""</td><td class="n">{Figure.Value(value.Value)}<small>{Figure.Range(value.Interval)}</small></td></tr>""");
        }

        html.Write($"""</tbody><tfoot><tr><td></td><td class="wide">""");
        InlinePlot.Scale(html, axis);
        html.Write($"</td><td></td></tr></tfoot></table>");
    }
}
