using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>What the base model could do and the candidate still should: both on the regression data, skill by skill.</summary>
internal static class ForgettingSection
{
    public static void Write(HtmlWriter html, ReportInput input)
    {
        if (input.Report.Regression is not { } regression)
        {
            return;
        }

        SubjectReport[] both = [regression.Candidate, regression.Base];
        html.Write($"""<section id="forgetting" aria-labelledby="forgetting-h"><h2 id="forgetting-h">Forgetting</h2><p class="lead">The tuned model and the model it was tuned from on {regression.Items.Count} rows of regression data, which tuning should not change.</p><div class="pair">""");
        foreach (MetricSpec metric in regression.Candidate.Metrics.Select(m => m.Spec))
        {
            ComparisonSection.Metric(html, both, metric);
        }

        html.Write($"</div>");
        Skills(html, regression);
        html.Write($"</section>");
    }

    private static void Skills(HtmlWriter html, RegressionReport regression)
    {
        if (MetricText.Deciding(regression.Candidate) is not { Slices.Count: > 0 } candidate || regression.Base.Find(candidate.Spec) is not { } before)
        {
            return;
        }

        html.Write($"""<div class="scroll"><table><caption>{candidate.Spec.ToString()} by skill</caption><thead><tr><th scope="col">Skill</th><th scope="col" class="n">Candidate</th><th scope="col" class="n">Base model</th><th scope="col" class="n">Rows</th></tr></thead><tbody>""");
        foreach ((SliceValue now, SliceValue then) in candidate.Slices.Zip(before.Slices))
        {
            html.Write($"""<tr><th scope="row">{now.Slice}</th><td class="n">{Figure.Value(now.Value)}<small>{Figure.Range(now.Interval)}</small></td>""");
            html.Write($"""<td class="n">{Figure.Value(then.Value)}<small>{Figure.Range(then.Interval)}</small></td><td class="n">{now.Rows}</td></tr>""");
        }

        html.Write($"</tbody></table></div>");
    }
}
