using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Sections;

namespace ModelOps.Core.Reporting;

/// <summary>
/// The report as one page that needs nothing else: no network, no server, no other file. A policy in the page itself forbids everything but the style and script
/// that are in it. A pure function: the same input gives the same bytes.
/// </summary>
public static class HtmlReport
{
    /// <summary>Raised when the same input gives another page.</summary>
    public const int Version = 1;

    private static readonly string s_style = Asset("report.css");
    private static readonly string s_script = $"(() => {{\n'use strict';\n{Asset("theme.js")}{Asset("difference.js")}{Asset("rows.js")}{Asset("table.js")}}})();\n";

    private static readonly (string Id, string Title)[] s_sections =
    [
        ("verdict", "Verdict"), ("comparison", "Baselines"), ("paired", "Row by row"), ("changes", "Changes"), ("steps", "Gain and cost"), ("slices", "Slices"),
        ("confusion", "Confusion"), ("forgetting", "Forgetting"), ("distributions", "Distributions"), ("training", "Training"), ("cost", "Cost"), ("rows", "Rows"),
    ];

    /// <summary>The page as UTF-8 without a byte order mark.</summary>
    public static byte[] Write(ReportInput input)
    {
        string body = Body(input);
        var html = new HtmlWriter();
        html.Write($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Raw($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{Hash(s_style)}'; script-src '{Hash(s_script)}'; base-uri 'none'; form-action 'none'\">\n");
        html.Write($"""<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">""");
        html.Write($"<title>{Title(input)}</title>\n<style>").Raw(s_style).Write($"</style>\n</head>\n<body>\n");
        html.Raw(body).Write($"<script>").Raw(s_script).Write($"</script>\n</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(html.ToString());
    }

    private static string Title(ReportInput input) => input.Verdict is { } verdict ? $"{input.Title}: {VerdictSection.Statement(verdict).ToLowerInvariant()}" : input.Title;

    private static string Body(ReportInput input)
    {
        var sections = new HtmlWriter();
        ReportChanges? changes = ReportChanges.Of(input);
        VerdictSection.Write(sections, input);
        ComparisonSection.Write(sections, input);
        PairedSection.Write(sections, input);
        ChangesSection.Write(sections, input, changes);
        StepsSection.Write(sections, input);
        SliceSection.Write(sections, input);
        ConfusionSection.Write(sections, input);
        ForgettingSection.Write(sections, input);
        DistributionSection.Write(sections, input);
        TrainingSection.Write(sections, input);
        CostSection.Write(sections, input);
        RowsSection.Write(sections, input, changes);
        AboutSection.Write(sections, input);
        string content = sections.ToString();

        var html = new HtmlWriter();
        html.Write($"""<a class="skip" href="#main">Skip to the content</a><header class="page"><div><h1>{input.Title}</h1><p class="meta">{input.Report.Items.Count} held-out rows, {input.Report.Subjects.Count} subjects, key <code>{input.Report.Key.Short}</code></p></div>""");
        html.Write($"""<button type="button" id="theme" class="theme" aria-label="Colours: as the system"></button></header><nav class="page" aria-label="Sections"><ul>""");
        foreach ((string id, string title) in s_sections.Where(s => content.Contains($"<section id=\"{s.Id}\"", StringComparison.Ordinal)))
        {
            html.Write($"""<li><a href="#{id}">{title}</a></li>""");
        }

        html.Write($"""</ul></nav><main id="main" tabindex="-1">""").Raw(content).Write($"""</main><footer class="page"><p class="small">Written by ModelOps. This page loads nothing.</p></footer>""");
        return html.ToString();
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Asset(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"ModelOps.Core.Reporting.Assets.{name}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
