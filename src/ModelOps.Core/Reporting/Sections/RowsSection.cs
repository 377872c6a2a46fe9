using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>Every row with every answer: the data, and the empty table that the page's script fills a page at a time.</summary>
internal static class RowsSection
{
    public static void Write(HtmlWriter html, ReportInput input, ReportChanges? changes)
    {
        html.Write($"""<section id="rows" aria-labelledby="rows-h"><h2 id="rows-h">Rows</h2>""");
        html.Write($"""<noscript><p class="note">The table of rows needs the script of this page; eval.json has the same data.</p></noscript>""");
        html.Write($"""<form class="filters" role="search" aria-label="Filter rows"><label>Search <input type="search" id="f-text" autocomplete="off" spellcheck="false"></label>""");
        html.Write($"""<label>Rows <select id="f-outcome"></select></label><label>Compare with <select id="f-other"></select></label><label>Score <select id="f-metric"></select></label>""");
        if (input.Report.Items.Any(i => i.Slice is not null))
        {
            html.Write($"""<label>Slice <select id="f-slice"></select></label>""");
        }

        html.Write($"""</form><p id="rows-status" class="status" role="status" aria-live="polite"></p><div class="scroll"><table id="rows-table" class="rows">""");
        html.Write($"""<caption class="quiet">Held-out rows with the right answer, the candidate's and another subject's</caption><thead></thead><tbody></tbody></table></div>""");
        html.Write($"""<nav class="pager" aria-label="Pages of rows"><button type="button" id="p-first">First</button><button type="button" id="p-previous">Previous</button><span id="p-where"></span><button type="button" id="p-next">Next</button><button type="button" id="p-last">Last</button></nav></section>""");
        html.Raw("<script type=\"application/json\" id=\"data\">").Raw(Data(input.Report, changes)).Raw("</script>\n");
    }

    private static string Data(EvaluationReport report, ReportChanges? changes)
    {
        var texts = new TextTable(report, changes);
        var json = new ScriptJson();
        json.Object(() =>
        {
            MetricSpec? deciding = MetricText.Deciding(report.Candidate)?.Spec;
            Names(json.Name("metrics"), report.Candidate.Metrics.Select(m => m.Spec.ToString()));
            Names(json.Name("lowerIsBetter"), report.Candidate.Metrics.Where(m => MetricText.LowerIsBetter(m.Spec)).Select(m => m.Spec.ToString()));
            json.Name("deciding").String(deciding?.ToString() ?? "");
            Names(json.Name("ids"), report.Items.Select(i => ShortId(i.Id)));
            json.Name("input").Numbers(report.Items.Select(i => texts.Of(i.Input)));
            json.Name("reference").Numbers(report.Items.Select(i => texts.Of(i.Reference)));
            json.Name("slice").Numbers(report.Items.Select(i => i.Slice is null ? -1 : texts.Of(i.Slice)));
            json.Name("subjects").Array(() =>
            {
                foreach (SubjectReport subject in report.Subjects)
                {
                    Subject(json, texts, subject);
                }
            });
            if (changes is not null)
            {
                Earlier(json, texts, changes);
            }

            // Last: by now every text has its number.
            Names(json.Name("texts"), texts.All);
        });
        return json.ToString();
    }

    private static void Subject(ScriptJson json, TextTable texts, SubjectReport subject) => json.Object(() =>
    {
        json.Name("name").String(subject.Name);
        json.Name("kind").String(StrictJson.Name(subject.Run.Kind));
        json.Name("answer").Numbers(subject.Run.Answers.Select(a => texts.Of(a.Text)));
        if (subject.Run.Answers.Any(a => a.Raw is not null))
        {
            json.Name("raw").Numbers(subject.Run.Answers.Select(a => a.Raw is null ? -1 : texts.Of(a.Raw)));
        }

        json.Name("cut").Numbers(subject.Run.Answers.Index().Where(a => a.Item.Finish == "length").Select(a => a.Index));
        json.Name("scores").Object(() =>
        {
            foreach (MetricValue metric in subject.Metrics)
            {
                json.Name(metric.Spec.ToString()).Numbers(metric.RowScores);
            }
        });
    });

    private static void Earlier(ScriptJson json, TextTable texts, ReportChanges changes) => json.Name("earlier").Object(() =>
    {
        json.Name("name").String(changes.Name);
        json.Name("answer").Numbers(changes.RowThen.Select(row => row < 0 ? -1 : texts.Of(changes.Answers[row].Text)));
        if (changes.ScoresThen is { } scores)
        {
            json.Name("scores").Numbers(changes.RowThen.Select(row => row < 0 ? double.NaN : scores[row]));
        }
    });

    // Twelve digits of a digest, as every message has them.
    private static string ShortId(string id) => id.StartsWith("sha256:", StringComparison.Ordinal) && id.Length > 19 ? id[7..19] : id;

    private static void Names(ScriptJson json, IEnumerable<string> names) => json.Array(() =>
    {
        foreach (string name in names)
        {
            json.String(name);
        }
    });
}

/// <summary>Every text once, by number: answers repeat. Texts that are too long for a page are cut, and say so.</summary>
internal sealed class TextTable
{
    /// <summary>UTF-16 units of all texts together that a browser still opens in a moment.</summary>
    private const long MostInAll = 24_000_000;

    private static readonly int[] s_limits = [20_000, 4_000, 1_000, 200];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private readonly int _limit;

    public TextTable(EvaluationReport report, ReportChanges? changes)
    {
        string[] all = [.. report.Items.SelectMany(i => (string[])[i.Input, i.Reference]).Concat(report.Subjects.SelectMany(s => s.Run.Answers.SelectMany(a => (string[])[a.Text, a.Raw ?? ""])))
            .Concat(changes?.Answers.Select(a => a.Text) ?? []).Distinct(StringComparer.Ordinal)];
        _limit = s_limits.FirstOrDefault(limit => all.Sum(text => (long)Math.Min(limit, text.Length)) <= MostInAll, s_limits[^1]);
    }

    public IReadOnlyList<string> All => _texts;

    public int Of(string text)
    {
        if (!_numbers.TryGetValue(text, out int number))
        {
            _numbers[text] = number = _texts.Count;
            _texts.Add(text.Length <= _limit ? text : $"{text[.._limit]}… ({text.Length - _limit} more characters in eval.json)");
        }

        return number;
    }
}
