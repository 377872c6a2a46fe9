using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Plots;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>How the rows' scores are spread, for metrics that are more than right or wrong, and how long the answers are.</summary>
internal static class DistributionSection
{
    private const int MostBins = 40;

    public static void Write(HtmlWriter html, ReportInput input)
    {
        EvaluationReport report = input.Report;
        html.Write($"""<section id="distributions" aria-labelledby="distributions-h"><h2 id="distributions-h">Distributions</h2><p class="lead">Every row counts once; each drawing has the scale of its column and the height of its own highest bar.</p><div class="pair">""");
        foreach (MetricValue metric in report.Candidate.Metrics.Where(m => !MetricText.IsRightWrong(m)))
        {
            One(html, metric.Spec.ToString(), "per row", [.. report.Subjects.Select(s => (s, s.Find(metric.Spec)?.RowScores)).Where(s => s.RowScores is not null).Select(s => (s.s, s.RowScores!))]);
        }

        One(html, "Answer length", "tokens", [.. report.Subjects.Where(s => s.Run.Answers.Any(a => a.CompletionTokens > 0))
            .Select(s => (s, (IReadOnlyList<double>)[.. s.Run.Answers.Select(a => (double)a.CompletionTokens)]))]);
        html.Write($"</div></section>");
    }

    private static void One(HtmlWriter html, string name, string unit, IReadOnlyList<(SubjectReport Subject, IReadOnlyList<double> Values)> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        // Binned where all but the outermost rows are; those are counted in the last bin, so that one outlier does not flatten the rest.
        double[] all = [.. rows.SelectMany(r => r.Values).Order()];
        Axis axis = Axis.Over([all[all.Length / 200], all[all.Length - 1 - (all.Length / 200)]]);
        html.Write($"""<table class="plots"><caption>{name} <small>{unit}</small></caption><thead class="quiet"><tr><th scope="col">Subject</th><th scope="col">Distribution</th><th scope="col">Median and 95 %</th></tr></thead><tbody>""");
        foreach ((SubjectReport subject, IReadOnlyList<double> values) in rows)
        {
            double[] sorted = [.. values.Order()];
            html.Write($"""<tr class="{StrictJson.Name(subject.Run.Kind)}"><th scope="row">{subject.Name}</th><td class="wide">""");
            InlinePlot.Bars(html, Binned(axis, values), StrictJson.Name(subject.Run.Kind));
            html.Write($"""</td><td class="n">{Figure.Short(sorted[sorted.Length / 2])}<small>95 %: {Figure.Short(sorted[Math.Min(sorted.Length - 1, sorted.Length * 95 / 100)])}</small></td></tr>""");
        }

        html.Write($"""</tbody><tfoot><tr><td></td><td class="wide">""");
        InlinePlot.Scale(html, axis);
        html.Write($"</td><td></td></tr></tfoot></table>");
    }

    internal static int[] Binned(Axis axis, IReadOnlyList<double> values)
    {
        // Whole numbers get bins of whole numbers, or the drawing has gaps that are not in the data.
        double range = axis.Upper - axis.Lower;
        int bins = values.All(v => v == Math.Floor(v)) && range >= 1 ? Math.Max(1, (int)Math.Round(range / Math.Ceiling(range / MostBins))) : MostBins;
        var counts = new int[bins];
        foreach (double value in values)
        {
            counts[Math.Clamp((int)(axis.At(value).Share * bins), 0, bins - 1)]++;
        }

        return counts;
    }
}
