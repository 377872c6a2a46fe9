using ModelOps.Core.Evaluation;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>Which label the candidate takes for which, for answers that are labels and for the fields of JSON answers that are.</summary>
internal static class ConfusionSection
{
    private const int MostLabels = 24;
    private const int Shades = 9;

    public static void Write(HtmlWriter html, ReportInput input)
    {
        LabelConfusion[] tables = [.. input.Report.Confusions(input.Report.Candidate).Where(t => t.Labels.Count <= MostLabels)];
        if (tables.Length == 0)
        {
            return;
        }

        html.Write($"""<section id="confusion" aria-labelledby="confusion-h"><h2 id="confusion-h">Confusion</h2><p class="lead">Rows: the right label. Columns: what the candidate said. Shading is the share of the row.</p><div class="stack">""");
        foreach (LabelConfusion table in tables)
        {
            Table(html, table);
        }

        html.Write($"</div></section>");
    }

    private static void Table(HtmlWriter html, LabelConfusion table)
    {
        html.Write($"""<div class="scroll" role="region" tabindex="0" aria-label="Confusion {table.Field ?? "of answers"}"><table class="confusion"><caption>{table.Field ?? "Answers"} <small>{table.Labels.Count} labels</small></caption><thead><tr><th scope="col">right \ said</th>""");
        foreach (string label in table.Labels.Append("other"))
        {
            html.Write($"""<th scope="col" class="turned"><span>{Short(label)}</span></th>""");
        }

        html.Write($"""<th scope="col" class="n">recall</th></tr></thead><tbody>""");
        for (int row = 0; row < table.Labels.Count; row++)
        {
            int total = table.Counts[row].Sum();
            html.Write($"""<tr><th scope="row">{Short(table.Labels[row])}</th>""");
            for (int column = 0; column <= table.Labels.Count; column++)
            {
                int count = table.Counts[row][column];
                int shade = count == 0 ? 0 : Math.Clamp((int)Math.Ceiling((double)count / total * Shades), 1, Shades);
                string hit = column == row ? "hit" : "miss";
                html.Write($"""<td class="{hit} s{Figure.Whole(shade)}">{(count == 0 ? "·" : Figure.Whole(count))}</td>""");
            }

            html.Write($"""<td class="n">{Figure.Percent(Math.Round((double)table.Counts[row][row] / total, 3))}</td></tr>""");
        }

        html.Write($"</tbody></table></div>");
    }

    private static string Short(string label) => label.Length == 0 ? "(empty)" : label.Length <= 28 ? label : label[..27] + "…";
}
