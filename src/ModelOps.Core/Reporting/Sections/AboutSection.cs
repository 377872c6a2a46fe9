using ModelOps.Core.Evaluation;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>What the figures belong to and how they were computed.</summary>
internal static class AboutSection
{
    public static void Write(HtmlWriter html, ReportInput input)
    {
        EvaluationReport report = input.Report;
        html.Write($"""<section id="about" aria-labelledby="about-h"><h2 id="about-h">What this belongs to</h2><dl class="keys"><div><dt>Evaluation key</dt><dd><code>{report.Key.ToString()}</code></dd></div>""");
        if (input.Verdict is { } verdict)
        {
            html.Write($"""<div><dt>Gate key</dt><dd><code>{verdict.GateKey.ToString()}</code></dd></div>""");
        }

        html.Write($"""</dl><p class="small">Right and wrong: Wilson's interval, Tango's interval of a paired difference, exact McNemar test. Everything else: bias-corrected and accelerated bootstrap, 10,000 seeded resamples. """);
        html.Write($"""An interval says how far the value of further rows like these may lie; it says nothing about rows of another kind.</p></section>""");
    }
}
