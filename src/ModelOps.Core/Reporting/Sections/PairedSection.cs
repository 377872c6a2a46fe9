using System.Globalization;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Plots;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>Row by row: where the candidate and a baseline disagree. The paired difference is what a gain gate decides on.</summary>
internal static class PairedSection
{
    public static void Write(HtmlWriter html, ReportInput input)
    {
        EvaluationReport report = input.Report;
        if (MetricText.Deciding(report.Candidate) is not { } candidate || !MetricText.IsRightWrong(candidate))
        {
            return;
        }

        (SubjectReport Subject, PairedOutcome Outcome)[] pairs = [.. report.Subjects.Where(s => s.Run.Kind != SubjectKind.Candidate)
            .Select(s => (s, s.Find(candidate.Spec))).Where(s => s.Item2 is not null).Select(s => (s.s, PairedOutcome.Of(candidate, s.Item2!)))];
        if (pairs.Length == 0)
        {
            return;
        }

        html.Write($"""<section id="paired" aria-labelledby="paired-h"><h2 id="paired-h">Row by row</h2><p class="lead">How often the candidate and another subject are right on the same row, by {candidate.Spec.ToString()}. """);
        html.Write($"""The difference is paired: its interval is Tango's, p is the exact McNemar test.</p>""");
        html.Write($"""<p class="legend" aria-hidden="true"><span class="key both">both right</span><span class="key gained">only the candidate</span><span class="key lost">only the other</span><span class="key neither">both wrong</span></p>""");
        html.Write($"""<div class="scroll"><table class="plots"><caption>Candidate against each subject</caption><thead><tr><th scope="col">Against</th><th scope="col" class="wide"><span class="quiet">Shares</span></th>""");
        html.Write($"""<th scope="col" class="n">both</th><th scope="col" class="n">gained</th><th scope="col" class="n">lost</th><th scope="col" class="n">neither</th><th scope="col" class="n">Difference</th><th scope="col" class="n">p</th></tr></thead><tbody>""");
        foreach ((SubjectReport subject, PairedOutcome o) in pairs)
        {
            double rows = o.Counts.Rows;
            html.Write($"""<tr class="{StrictJson.Name(subject.Run.Kind)}"><th scope="row">{subject.Name}</th><td class="wide">""");
            InlinePlot.Shares(html, [("both", o.Both / rows), ("gained", o.Counts.OnlyFirst / rows), ("lost", o.Counts.OnlySecond / rows), ("neither", o.Neither / rows)]);
            html.Write($"""</td><td class="n">{o.Both}</td><td class="n">{o.Counts.OnlyFirst}</td><td class="n">{o.Counts.OnlySecond}</td><td class="n">{o.Neither}</td>""");
            html.Write($"""<td class="n">{Signed(o.Counts.Difference)}<small>{Figure.Range(Tango.Of(o.Counts, report.Confidence))}</small></td><td class="n">{PValue(McNemar.PValue(o.Counts))}</td></tr>""");
        }

        html.Write($"</tbody></table></div></section>");
    }

    public static string Signed(double difference) => (difference > 0 ? "+" : "") + Figure.Value(difference);

    private static string PValue(double p) => p < 0.001 ? "< 0.001" : p.ToString("0.000", CultureInfo.InvariantCulture);
}

/// <summary>Rows by who is right.</summary>
internal sealed record PairedOutcome(PairedCounts Counts, int Both)
{
    public int Neither => Counts.Rows - Both - Counts.OnlyFirst - Counts.OnlySecond;

    public static PairedOutcome Of(MetricValue first, MetricValue second)
    {
        int both = 0, onlyFirst = 0, onlySecond = 0;
        for (int i = 0; i < first.RowScores.Count; i++)
        {
            (bool a, bool b) = (first.RowScores[i] >= 1, second.RowScores[i] >= 1);
            both += a && b ? 1 : 0;
            onlyFirst += a && !b ? 1 : 0;
            onlySecond += b && !a ? 1 : 0;
        }

        return new PairedOutcome(new PairedCounts(onlyFirst, onlySecond, first.RowScores.Count), both);
    }
}
