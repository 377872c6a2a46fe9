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

    private static readonly string s_script = HtmlPage.Script("theme.js", "difference.js", "rows.js", "table.js");

    private static readonly (string Id, string Title)[] s_sections =
    [
        ("verdict", "Verdict"), ("comparison", "Baselines"), ("paired", "Row by row"), ("changes", "Changes"), ("steps", "Gain and cost"), ("slices", "Slices"),
        ("confusion", "Confusion"), ("forgetting", "Forgetting"), ("distributions", "Distributions"), ("training", "Training"), ("cost", "Cost"), ("rows", "Rows"),
    ];

    /// <summary>The page as UTF-8 without a byte order mark.</summary>
    public static byte[] Write(ReportInput input)
    {
        var heading = new HtmlWriter();
        heading.Write($"""<h1>{input.Title}</h1><p class="meta">{input.Report.Items.Count} held-out rows, {input.Report.Subjects.Count} subjects, key <code>{input.Report.Key.Short}</code></p>""");
        return HtmlPage.Write(Title(input), heading, s_sections, Sections(input), s_script);
    }

    private static string Title(ReportInput input) => input.Verdict is { } verdict ? $"{input.Title}: {VerdictSection.Statement(verdict).ToLowerInvariant()}" : input.Title;

    private static string Sections(ReportInput input)
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
        return sections.ToString();
    }
}
