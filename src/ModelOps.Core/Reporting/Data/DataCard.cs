using System.Globalization;
using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;

namespace ModelOps.Core.Reporting.Data;

/// <summary>The data card: what the model was made of, for whoever uses it. It holds no row but labels, and says nothing that the rows, their licences and their preparation do not decide, so it travels with the package.</summary>
public static class DataCard
{
    private const int ListedLabels = 50;

    /// <summary>Training rows from which an answer is named: one that few rows have may be somebody's text.</summary>
    private const int RowsOfLabel = 5;

    private static readonly (string Code, string What)[] s_personal =
        [("MOPS1040", "secrets"), ("MOPS1041", "e-mail addresses"), ("MOPS1042", "phone numbers"), ("MOPS1043", "payment cards"), ("MOPS1044", "IBANs")];

    public static string Write(DataReportInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var text = new StringBuilder("# Data card\n\n## Sets\n\n| set | rows | licences | writing systems | digest |\n|---|---|---|---|---|\n");
        foreach (SetSummary set in input.Sets)
        {
            string licenses = input.Licenses.TryGetValue(set.Kind, out IReadOnlyList<string>? named) && named.Count > 0 ? string.Join(", ", named) : "not named";
            Row(text, set.Kind.Name(), Number(set.Rows), licenses, DataReport.Scripts(set), $"`{set.Digest}`");
        }

        text.Append("\n| words a row | median | 95 % | longest |\n|---|---|---|---|\n");
        foreach (SetSummary set in input.Sets.Where(s => s.Rows > 0))
        {
            Lengths(text, $"{set.Kind.Name()}, questions", set.QuestionWords);
            Lengths(text, $"{set.Kind.Name()}, answers", set.AnswerWords);
        }

        Labels(text, input);
        if (input.Prepared is { } prepared)
        {
            Prepared(text, prepared);
        }

        Personal(text, input);
        return text.ToString();
    }

    private static void Labels(StringBuilder text, DataReportInput input)
    {
        if (input.Sets.FirstOrDefault(s => s.Kind == DatasetKind.Training) is not { Labels.Count: > 0 } training)
        {
            return;
        }

        string[] shown = [.. training.Labels.Where(l => l.Rows >= RowsOfLabel && !IsPersonal(l.Label)).Take(ListedLabels).Select(l => l.Label)];
        text.Append(CultureInfo.InvariantCulture, $"\n## Labels\n\n{Number(training.Labels.Count)} labels{(shown.Length < training.Labels.Count ? $"; named are up to {ListedLabels} that {RowsOfLabel} training rows have and that hold nothing personal" : "")}.\n\n");
        Row(text, ["label", .. input.Sets.Select(s => s.Kind.Name())]);
        Row(text, [.. Enumerable.Repeat("---", input.Sets.Count + 1)]);
        foreach (string label in shown)
        {
            Row(text, [label, .. input.Sets.Select(s => Number(s.Labels.FirstOrDefault(l => l.Label == label).Rows))]);
        }
    }

    private static bool IsPersonal(string text)
        => Secrets.Find(text) is not null || PersonalData.Email(text) >= 0 || PersonalData.Phone(text) >= 0 || PersonalData.Card(text) >= 0 || PersonalData.Iban(text) >= 0;

    private static void Prepared(StringBuilder text, PreparedRecord prepared)
    {
        text.Append("\n## Sources\n\n| source | format | licence | weight | records | rows |\n|---|---|---|---|---|---|\n");
        foreach (PreparedSource source in prepared.Sources)
        {
            Row(text, source.Path, source.Format, source.License ?? "not named", source.Weight, Number(source.Records), Number(source.Rows));
        }

        text.Append("\n## Preparation\n\n| setting | value |\n|---|---|\n");
        foreach ((string name, string value) in prepared.Settings)
        {
            Row(text, name, value);
        }

        text.Append("\n| set | rows | clusters | copies by weight | left out by weight |\n|---|---|---|---|---|\n");
        foreach ((string kind, int rows, int clusters, int copies, int leftOut) in prepared.Sets)
        {
            Row(text, kind, Number(rows), Number(clusters), Number(copies), Number(leftOut));
        }

        if (prepared.Drops.Count > 0)
        {
            text.Append("\n| rule | rows dropped |\n|---|---|\n");
            foreach (PreparedDrops drops in prepared.Drops)
            {
                Row(text, drops.Rule, Number(drops.Rows));
            }
        }
    }

    private static void Personal(StringBuilder text, DataReportInput input)
    {
        // By form alone and whatever severities the project sets: a fact of the rows.
        text.Append("\n## Personal data and secrets\n\n| texts with what looks like | found |\n|---|---|\n");
        foreach ((string code, string what) in s_personal)
        {
            Row(text, what, Number(input.Found.GetValueOrDefault(code)));
        }
    }

    private static void Lengths(StringBuilder text, string name, IReadOnlyList<int> sorted)
        => Row(text, name, Number(sorted[sorted.Count / 2]), Number(sorted[Math.Min(sorted.Count - 1, sorted.Count * 95 / 100)]), Number(sorted[^1]));

    private static void Row(StringBuilder text, params IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells.Select(Cell)).Append(" |\n");

    private static string Number(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    // Labels and paths are text of others: on one line, with nothing that Markdown or HTML would take for its own.
    private static string Cell(string text)
    {
        var cell = new StringBuilder();
        foreach (char c in ForeignText.Clean(text, 200))
        {
            _ = c switch
            {
                '|' or '\\' or '[' or ']' or '*' or '_' => cell.Append('\\').Append(c),
                '<' => cell.Append("&lt;"),
                '>' => cell.Append("&gt;"),
                '&' => cell.Append("&amp;"),
                _ => cell.Append(c),
            };
        }

        return cell.ToString();
    }
}
