using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Plots;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>The candidate in each slice of the rows, the weakest first.</summary>
internal static class SliceSection
{
    public static void Write(HtmlWriter html, ReportInput input)
    {
        EvaluationReport report = input.Report;
        if (MetricText.Deciding(report.Candidate) is not { Slices.Count: > 0 } candidate)
        {
            return;
        }

        MetricValue? baseline = report.Baselines.Select(b => b.Find(candidate.Spec)).OfType<MetricValue>().MaxBy(m => m.Value);
        string? name = report.Baselines.FirstOrDefault(b => b.Find(candidate.Spec) == baseline)?.Name;
        SliceValue[] slices = [.. candidate.Slices.OrderBy(s => s.Value).ThenBy(s => s.Slice, StringComparer.Ordinal)];
        Axis axis = Axis.Over([0, 1]);
        html.Write($"""<section id="slices" aria-labelledby="slices-h"><h2 id="slices-h">Slices</h2><p class="lead">{candidate.Spec.ToString()} of the candidate by slice, the weakest first. The line is its value over all rows.</p>""");
        html.Write($"""<div class="scroll"><table class="plots"><caption>{slices.Length} slices</caption><thead><tr><th scope="col">Slice</th><th scope="col" class="wide"><span class="quiet">Interval</span></th>""");
        html.Write($"""<th scope="col" class="n">Candidate</th><th scope="col" class="n">{name ?? "baseline"}</th><th scope="col" class="n">Rows</th></tr></thead><tbody>""");
        foreach (SliceValue slice in slices)
        {
            html.Write($"""<tr><th scope="row">{slice.Slice}</th><td class="wide">""");
            InlinePlot.Whisker(html, axis, slice.Value, slice.Interval, "candidate", candidate.Value);
            html.Write($"""</td><td class="n">{Figure.Value(slice.Value)}<small>{Figure.Range(slice.Interval)}</small></td>""");
            html.Write($"""<td class="n">{(baseline?.Slices.FirstOrDefault(s => s.Slice == slice.Slice) is { } other ? Figure.Value(other.Value) : "")}</td><td class="n">{slice.Rows}</td></tr>""");
        }

        html.Write($"""</tbody><tfoot><tr><td></td><td class="wide">""");
        InlinePlot.Scale(html, axis);
        html.Write($"</td><td></td><td></td><td></td></tr></tfoot></table></div></section>");
    }
}
