using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>What changed since the last release.</summary>
internal static class ChangesSection
{
    public static void Write(HtmlWriter html, ReportInput input, ReportChanges? changes)
    {
        if (changes is null)
        {
            return;
        }

        html.Write($"""<section id="changes" aria-labelledby="changes-h"><h2 id="changes-h">Since {changes.Name}</h2><p class="lead">""");
        if (changes.Common == 0)
        {
            html.Write($"No held-out row of {changes.Name} is in this evaluation: nothing can be compared row by row.</p></section>");
            return;
        }

        html.Write($"""On the {changes.Common} rows that both evaluations have, {changes.Changed} answers are other texts""");
        if (changes.Metric is { } metric && changes.Difference(input.Report.Confidence) is { } difference)
        {
            html.Write($"""; {metric.ToString()} moved by {PairedSection.Signed(difference.Value)} {Figure.Range(difference.Interval)}""");
        }

        html.Write($""".</p><dl class="figures"><div><dt>fixed</dt><dd class="passed">{changes.Fixed}</dd></div><div><dt>broken</dt><dd class="failed">{changes.Broken}</dd></div>""");
        html.Write($"""<div><dt>other answers</dt><dd>{changes.Changed}</dd></div><div><dt>new rows</dt><dd>{changes.Added}</dd></div><div><dt>rows gone</dt><dd>{changes.Removed}</dd></div></dl>""");
        html.Write($"""<p><button type="button" data-outcome="broken">Show the broken rows</button> <button type="button" data-outcome="fixed">Show the fixed rows</button></p></section>""");
    }
}
