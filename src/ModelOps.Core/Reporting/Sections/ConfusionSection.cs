using System.Text.Json;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>Which label the candidate takes for which, for answers that are labels and for the fields of JSON answers that are.</summary>
internal static class ConfusionSection
{
    private const int MostLabels = 14;
    private const int Shades = 9;

    public static void Write(HtmlWriter html, ReportInput input)
    {
        ConfusionTable[] tables = [.. Tables(input.Report)];
        if (tables.Length == 0)
        {
            return;
        }

        html.Write($"""<section id="confusion" aria-labelledby="confusion-h"><h2 id="confusion-h">Confusion</h2><p class="lead">Rows: the right label. Columns: what the candidate said. Shading is the share of the row.</p><div class="stack">""");
        foreach (ConfusionTable table in tables)
        {
            Table(html, table);
        }

        html.Write($"</div></section>");
    }

    private static IEnumerable<ConfusionTable> Tables(EvaluationReport report)
    {
        if (ReferenceFields.Of(report.Items) is not { } fields)
        {
            return ConfusionTable.TryOf("", report, text => text.Trim(), MostLabels) is { } whole ? [whole] : [];
        }

        return fields.Select(field => ConfusionTable.TryOf(field, report, text => FieldText(text, field), MostLabels)).OfType<ConfusionTable>();
    }

    private static string? FieldText(string answer, string field) => JsonText.Property(JsonText.TryParseObject(answer), field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } value => value.GetRawText(),
    };

    private static void Table(HtmlWriter html, ConfusionTable table)
    {
        html.Write($"""<div class="scroll" role="region" tabindex="0" aria-label="Confusion {table.Field}"><table class="confusion"><caption>{(table.Field.Length > 0 ? table.Field : "Answers")} <small>{table.Labels.Count} labels</small></caption><thead><tr><th scope="col">right \ said</th>""");
        foreach (string label in table.Columns)
        {
            html.Write($"""<th scope="col" class="turned"><span>{Short(label)}</span></th>""");
        }

        html.Write($"""<th scope="col" class="n">recall</th></tr></thead><tbody>""");
        for (int row = 0; row < table.Labels.Count; row++)
        {
            int total = table.Counts[row].Sum();
            html.Write($"""<tr><th scope="row">{Short(table.Labels[row])}</th>""");
            for (int column = 0; column < table.Columns.Count; column++)
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

/// <summary>Counts of right label by said label; what is none of the labels stands in the last column.</summary>
internal sealed record ConfusionTable(string Field, IReadOnlyList<string> Labels, IReadOnlyList<string> Columns, IReadOnlyList<int[]> Counts)
{
    private const string Other = "other";

    /// <summary>Null where the references do not repeat, so that they are no labels, or there are too many to look at.</summary>
    public static ConfusionTable? TryOf(string field, EvaluationReport report, Func<string, string?> labelOf, int most)
    {
        string[] expected = [.. report.Items.Select(i => labelOf(i.Reference) ?? "")];
        string[] labels = [.. expected.GroupBy(l => l, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key)];
        if (labels.Length < 2 || labels.Length > most || labels.Length > expected.Length / 2)
        {
            return null;
        }

        Dictionary<string, int> index = labels.Index().ToDictionary(l => l.Item, l => l.Index, StringComparer.Ordinal);
        int[][] counts = [.. labels.Select(_ => new int[labels.Length + 1])];
        for (int row = 0; row < expected.Length; row++)
        {
            string? said = labelOf(report.Candidate.Run.Answers[row].Text);
            counts[index[expected[row]]][said is not null && index.TryGetValue(said, out int at) ? at : labels.Length]++;
        }

        return new ConfusionTable(field, labels, [.. labels, Other], counts);
    }
}
