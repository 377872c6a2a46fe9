using System.Globalization;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Plots;
using ModelOps.Core.Reporting.Sections;

namespace ModelOps.Core.Reporting.Data;

/// <summary>The data of a project as one page: sets, sources, what was dropped, lengths, labels, what is wrong or doubtful, samples. A pure function: the same input gives the same bytes.</summary>
public static class DataReport
{
    /// <summary>Raised when the same input gives another page or another card.</summary>
    public const int Version = 1;

    private const int ListedProblems = 500, ListedLabels = 40, SampleText = 600;

    private static readonly string s_script = HtmlPage.Script("theme.js");

    private static readonly (string Id, string Title)[] s_sections =
        [("sets", "Sets"), ("sources", "Sources"), ("drops", "Dropped"), ("lengths", "Lengths"), ("labels", "Labels"), ("findings", "Findings"), ("problems", "Places"), ("samples", "Samples")];

    /// <summary>The page as UTF-8 without a byte order mark.</summary>
    public static byte[] Write(DataReportInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        int errors = Count(input, DiagnosticSeverity.Error), warnings = Count(input, DiagnosticSeverity.Warning);
        var heading = new HtmlWriter();
        heading.Write($"""<h1>{input.Title}: data</h1><p class="meta">{input.Sets.Sum(s => s.Rows)} rows in {input.Sets.Count} sets, {Plural(errors, "error")}, {Plural(warnings, "warning")}</p>""");
        var content = new HtmlWriter();
        Sets(content, input, errors, warnings);
        Sources(content, input.Prepared);
        Drops(content, input.Prepared);
        Lengths(content, input);
        Labels(content, input);
        Findings(content, input);
        Problems(content, input);
        Samples(content, input);
        return HtmlPage.Write($"{input.Title}: data", heading, s_sections, content.ToString(), s_script);
    }

    private static int Count(DataReportInput input, DiagnosticSeverity severity) => input.ByCode.Where(p => p.Severity == severity).Sum(p => p.Count);

    private static string Plural(int count, string word) => string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {word}{(count == 1 ? "" : "s")}");

    private static void Sets(HtmlWriter html, DataReportInput input, int errors, int warnings)
    {
        string kind = errors > 0 ? "failed" : warnings > 0 ? "inconclusive" : "passed";
        string said = errors > 0 ? "The data cannot be used" : warnings > 0 ? "The data can be used, with doubts" : "Nothing is wrong with the data";
        html.Write($"""<section id="sets" aria-labelledby="sets-h"><h2 id="sets-h" class="statement {kind}">{said}</h2><dl class="figures">""");
        foreach (SetSummary set in input.Sets)
        {
            html.Write($"""<div><dt>{set.Kind.Name()} rows</dt><dd>{set.Rows}</dd></div>""");
        }

        html.Write($"""</dl><div class="scroll"><table><caption>Sets of rows</caption><thead><tr><th scope="col">Set</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Files</th><th scope="col">Writing systems</th><th scope="col">Digest</th></tr></thead><tbody>""");
        foreach (SetSummary set in input.Sets)
        {
            html.Write($"""<tr><th scope="row">{set.Kind.Name()}</th><td class="n">{set.Rows}</td><td class="n">{set.Files.Count}</td><td>{Scripts(set)}</td><td><code>{set.Digest.Hex[..12]}</code></td></tr>""");
        }

        html.Write($"</tbody></table></div></section>");
    }

    internal static string Scripts(SetSummary set) => string.Join(", ", set.Scripts.Take(4).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Script} {s.Share * 100:0.#} %")));

    private static void Sources(HtmlWriter html, PreparedRecord? prepared)
    {
        if (prepared is null)
        {
            return;
        }

        html.Write($"""<section id="sources" aria-labelledby="sources-h"><h2 id="sources-h">Sources</h2><p class="lead">Rows were made of raw files: {string.Join(", ", prepared.Settings.Select(s => $"{s.Name} {s.Value}"))}.</p>""");
        html.Write($"""<div class="scroll"><table><caption>Raw files and what became of their records</caption><thead><tr><th scope="col">File</th><th scope="col">Format</th><th scope="col">Licence</th><th scope="col" class="n">Weight</th><th scope="col" class="n">Records</th><th scope="col" class="n">Rows</th></tr></thead><tbody>""");
        foreach (PreparedSource source in prepared.Sources)
        {
            string ignored = source.IgnoredFields.Count == 0 ? "" : $"not used: {string.Join(", ", source.IgnoredFields)}";
            html.Write($"""<tr><th scope="row">{source.Path}<small>{ignored}</small></th><td>{source.Format}<small>{source.Set ?? "split"}</small></td><td>{source.License ?? "not named"}</td><td class="n">{source.Weight}</td><td class="n">{source.Records}</td><td class="n">{source.Rows}</td></tr>""");
        }

        html.Write($"</tbody></table></div></section>");
    }

    private static void Drops(HtmlWriter html, PreparedRecord? prepared)
    {
        if (prepared is null || prepared.Drops.Count == 0)
        {
            return;
        }

        html.Write($"""<section id="drops" aria-labelledby="drops-h"><h2 id="drops-h">Dropped</h2><div class="scroll"><table><caption>What each rule dropped, with the first examples</caption><thead><tr><th scope="col">Rule</th><th scope="col" class="n">Rows</th><th scope="col">Examples</th></tr></thead><tbody>""");
        foreach (PreparedDrops drops in prepared.Drops)
        {
            html.Write($"""<tr><th scope="row">{drops.Rule}</th><td class="n">{drops.Rows}</td><td>""");
            foreach ((string at, string detail) in drops.Examples)
            {
                html.Write($"<small><code>{at}</code> {detail}</small>");
            }

            html.Write($"</td></tr>");
        }

        html.Write($"</tbody></table></div></section>");
    }

    private static void Lengths(HtmlWriter html, DataReportInput input)
    {
        if (input.Sets.Count == 0)
        {
            return;
        }

        html.Write($"""<section id="lengths" aria-labelledby="lengths-h"><h2 id="lengths-h">Lengths</h2><p class="lead">In words; each drawing has the scale of its column and the height of its own highest bar.</p><div class="pair">""");
        Length(html, "Questions", input.Sets, s => s.QuestionWords);
        Length(html, "Answers", input.Sets, s => s.AnswerWords);
        html.Write($"</div></section>");
    }

    private static void Length(HtmlWriter html, string name, IReadOnlyList<SetSummary> sets, Func<SetSummary, IReadOnlyList<int>> lengths)
    {
        // As far as all but the outermost rows reach; those are counted in the last bin.
        Axis axis = Axis.Over(sets.Select(lengths).Where(l => l.Count > 0).SelectMany(l => (double[])[l[l.Count / 200], l[l.Count - 1 - (l.Count / 200)]]));
        html.Write($"""<table class="plots"><caption>{name} <small>words a row</small></caption><thead class="quiet"><tr><th scope="col">Set</th><th scope="col">Distribution</th><th scope="col">Median and 95 %</th></tr></thead><tbody>""");
        foreach (SetSummary set in sets.Where(s => s.Rows > 0))
        {
            IReadOnlyList<int> sorted = lengths(set);
            html.Write($"""<tr class="{Colour(set.Kind)}"><th scope="row">{set.Kind.Name()}</th><td class="wide">""");
            InlinePlot.Bars(html, DistributionSection.Binned(axis, [.. sorted.Select(l => (double)l)]), Colour(set.Kind));
            html.Write($"""</td><td class="n">{sorted[sorted.Count / 2]}<small>95 %: {sorted[Math.Min(sorted.Count - 1, sorted.Count * 95 / 100)]}</small></td></tr>""");
        }

        html.Write($"""</tbody><tfoot><tr><td></td><td class="wide">""");
        InlinePlot.Scale(html, axis);
        html.Write($"</td><td></td></tr></tfoot></table>");
    }

    private static string Colour(DatasetKind kind) => kind switch
    {
        DatasetKind.Training => "candidate",
        DatasetKind.Evaluation => "baseline",
        _ => "floor",
    };

    private static void Labels(HtmlWriter html, DataReportInput input)
    {
        if (input.Sets.FirstOrDefault(s => s.Kind == DatasetKind.Training) is not { Labels.Count: > 0 } training)
        {
            return;
        }

        html.Write($"""<section id="labels" aria-labelledby="labels-h"><h2 id="labels-h">Labels</h2><div class="scroll"><table class="plots"><caption>Answers that are labels, by set: {training.Labels.Count} of them, the most frequent first</caption><thead><tr><th scope="col">Label</th><th scope="col" class="wide"><span class="quiet">Share of training rows</span></th>""");
        foreach (SetSummary set in input.Sets)
        {
            html.Write($"""<th scope="col" class="n">{set.Kind.Name()}</th>""");
        }

        html.Write($"</tr></thead><tbody>");
        double most = training.Labels[0].Rows;
        foreach ((string label, int rows) in training.Labels.Take(ListedLabels))
        {
            html.Write($"""<tr><th scope="row">{label}</th><td class="wide">""");
            InlinePlot.Shares(html, [("candidate", rows / most)]);
            html.Write($"</td>");
            foreach (SetSummary set in input.Sets)
            {
                int here = set.Labels.FirstOrDefault(l => l.Label == label).Rows;
                html.Write($"""<td class="n">{here}</td>""");
            }

            html.Write($"</tr>");
        }

        html.Write($"</tbody></table></div></section>");
    }

    private static void Findings(HtmlWriter html, DataReportInput input)
    {
        if (input.Problems.Count == 0)
        {
            return;
        }

        html.Write($"""<section id="findings" aria-labelledby="findings-h"><h2 id="findings-h">Findings</h2><div class="scroll"><table><caption>What is wrong or doubtful, by code: duplicates, leaks, personal data and the rest</caption><thead><tr><th scope="col">Code</th><th scope="col">Severity</th><th scope="col" class="n">Found</th><th scope="col">First</th></tr></thead><tbody>""");
        foreach ((string code, DiagnosticSeverity severity, int count, string first) in input.ByCode)
        {
            html.Write($"""<tr><th scope="row">{code}</th><td><span class="mark {Kind(severity)}">{Word(severity)}</span></td><td class="n">{count}</td><td>{first}</td></tr>""");
        }

        html.Write($"</tbody></table></div></section>");
    }

    private static void Problems(HtmlWriter html, DataReportInput input)
    {
        if (input.Problems.Count == 0)
        {
            return;
        }

        string rest = input.Problems.Count > ListedProblems ? string.Create(CultureInfo.InvariantCulture, $" (the first {ListedProblems} of {input.Problems.Count:#,0}; problems.txt has them all)") : "";
        html.Write($"""<section id="problems" aria-labelledby="problems-h"><h2 id="problems-h">Places</h2><div class="scroll"><table><caption>Every finding at its place{rest}</caption><thead><tr><th scope="col">Place</th><th scope="col">Code</th><th scope="col">What</th></tr></thead><tbody>""");
        foreach (Diagnostic problem in input.Problems.Take(ListedProblems))
        {
            html.Write($"""<tr><th scope="row"><code>{problem.Location?.ToString() ?? "the project"}</code></th><td>{problem.Code}</td><td>{problem.Message}</td></tr>""");
        }

        html.Write($"</tbody></table></div></section>");
    }

    private static void Samples(HtmlWriter html, DataReportInput input)
    {
        if (input.Sets.All(s => s.Samples.Count == 0))
        {
            return;
        }

        html.Write($"""<section id="samples" aria-labelledby="samples-h"><h2 id="samples-h">Samples</h2><p class="lead">A few rows of each set, evenly over it.</p>""");
        foreach (SetSummary set in input.Sets.Where(s => s.Samples.Count > 0))
        {
            html.Write($"""<div class="scroll"><table class="rows"><caption>{set.Kind.Name()} rows</caption><thead><tr><th scope="col">Place</th><th scope="col">Question</th><th scope="col">Answer</th></tr></thead><tbody>""");
            foreach (RowSample sample in set.Samples)
            {
                html.Write($"""<tr><th scope="row"><code>{sample.File}({sample.Line.ToString(CultureInfo.InvariantCulture)})</code></th><td class="text">{Cut(sample.Prompt)}</td><td class="text">{Cut(sample.Answer)}</td></tr>""");
            }

            html.Write($"</tbody></table></div>");
        }

        html.Write($"</section>");
    }

    private static string Cut(string text) => ForeignText.Clean(text, SampleText);

    private static string Word(DiagnosticSeverity severity) => severity switch { DiagnosticSeverity.Error => "error", DiagnosticSeverity.Warning => "warning", _ => "note" };

    private static string Kind(DiagnosticSeverity severity) => severity switch { DiagnosticSeverity.Error => "failed", DiagnosticSeverity.Warning => "inconclusive", _ => "off" };
}
