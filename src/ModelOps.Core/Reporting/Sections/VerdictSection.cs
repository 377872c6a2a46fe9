using ModelOps.Core.Evaluation;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Plots;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>What was decided, gate by gate: the first thing on the page.</summary>
internal static class VerdictSection
{
    public static void Write(HtmlWriter html, ReportInput input)
    {
        if (input.Verdict is not { } verdict)
        {
            return;
        }

        int passed = verdict.Gates.Count(g => g.Outcome == GateOutcome.Passed);
        html.Write($"""<section id="verdict" aria-labelledby="verdict-h"><h2 id="verdict-h" class="statement {Kind(verdict.Outcome)}">{Statement(verdict)}</h2>""");
        if (verdict.Outcome == GateOutcome.Off)
        {
            html.Write($"<p>Gates were turned off for this build: nothing was decided.</p></section>");
            return;
        }

        html.Write($"""<p class="lead">{passed} of {verdict.Gates.Count} gates passed on {input.Report.Items.Count} held-out rows. A gate passes when its confidence interval clears the bound.</p>""");
        Gates(html, verdict);
        foreach (FloorComparison floor in verdict.Floors.Where(f => !f.Beaten))
        {
            html.Write($"""<p class="note"><b>Not shown to beat {floor.Floor}</b>, which needs no model: {floor.Metric.ToString()} """);
            html.Write($"""{Figure.Value(floor.CandidateValue)} against {Figure.Value(floor.FloorValue)}, difference {Figure.Range(floor.Interval)}.</p>""");
        }

        html.Write($"</section>");
    }

    public static string Statement(Verdict verdict) => verdict.Outcome switch
    {
        GateOutcome.Passed => "Gates passed",
        GateOutcome.Failed => "Gates failed",
        GateOutcome.Off => "Gates are off",
        _ => verdict.MayShip ? "Inconclusive, accepted as a warning" : "Inconclusive",
    };

    public static string Kind(GateOutcome outcome) => StrictJson.Name(outcome);

    private static void Gates(HtmlWriter html, Verdict verdict)
    {
        html.Write($"""<div class="scroll"><table class="plots"><caption>Gates: value with its interval, and the bound as a line</caption>""");
        html.Write($"""<thead><tr><th scope="col">Gate</th><th scope="col">Result</th><th scope="col" class="wide"><span class="quiet">Interval and bound</span></th><th scope="col" class="n">Value</th><th scope="col">Best baseline</th></tr></thead><tbody>""");
        foreach (GateResult gate in verdict.Gates)
        {
            html.Write($"""<tr><th scope="row">{gate.Metric.ToString()}{Slice(gate)}<small>{GateText.Bound(gate)}</small></th>""");
            html.Write($"""<td><span class="mark {Kind(gate.Outcome)}">{Kind(gate.Outcome)}</span><small>{Further(gate)}</small></td><td class="wide">""");
            Found(html, gate);
            html.Write($"""<td>{gate.Baseline ?? "none"}<small>{(gate.BaselineValue is { } value ? Figure.Value(value) : "")}</small></td></tr>""");
        }

        html.Write($"</tbody></table></div>");
    }

    private static string Slice(GateResult gate)
        => gate.Slice is null ? "" : $" on {gate.Slice}{(gate.WorstOf is { } slices ? $", the worst of {Figure.Whole(slices)}" : "")}";

    // What was measured is not kept with a verdict, so a verdict that was read back has no value for it.
    private static void Found(HtmlWriter html, GateResult gate)
    {
        if (double.IsNaN(gate.Value))
        {
            html.Write($"""</td><td class="n">measured</td>""");
            return;
        }

        InlinePlot.Whisker(html, Axis.Over([gate.Interval.Lower, gate.Interval.Upper, gate.Value, gate.Bound]), gate.Value, gate.Interval, Kind(gate.Outcome), gate.Bound);
        html.Write($"""</td><td class="n">{Figure.Value(gate.Value)}<small>{Figure.Range(gate.Interval)}</small></td>""");
    }

    private static string Further(GateResult gate)
        => gate.FurtherRows is { } rows ? $"about {rows.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture)} more rows would decide" : "";
}
