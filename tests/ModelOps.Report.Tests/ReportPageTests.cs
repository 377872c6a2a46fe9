using Microsoft.Playwright;
using ModelOps.Core.Reporting;
using ModelOps.Testing;

namespace ModelOps.Report.Tests;

/// <summary>The page in a real browser.</summary>
public sealed class ReportPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly byte[] s_small = HtmlReport.Write(ReportCases.Whole(300));

    [ChromiumTheory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task Page_can_be_read_by_everybody(int width, bool dark)
    {
        await using OpenReport report = await chromium.OpenAsync(s_small, width, dark: dark);
        await report.Page.Locator("#rows-table tbody .open").First.ClickAsync();
        await report.PictureAsync($"page-{width}-{(dark ? "dark" : "light")}");

        Assert.Empty(await report.Page.EvaluateAsync<string[]>(PageChecks.Contrast));
        Assert.Empty(await report.Page.EvaluateAsync<string[]>(PageChecks.Structure));
        Assert.Equal(0, await report.Page.EvaluateAsync<int>(PageChecks.Sideways));
        Assert.Empty(report.Complaints);
    }

    [ChromiumFact]
    public async Task Verdict_comes_first_and_every_section_is_linked()
    {
        await using OpenReport report = await chromium.OpenAsync(s_small);

        Assert.Equal("Gates failed", await report.Page.Locator("h2").First.TextContentAsync());
        string[] linked = await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('nav.page a')].map(a => a.getAttribute('href').slice(1))");
        string[] sections = await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('section')].map(s => s.id)");
        Assert.Equal(["verdict", "comparison", "paired", "changes", "steps", "slices", "confusion", "distributions", "training", "cost", "rows", "about"], sections);
        Assert.Equal(sections[..^1], linked);
    }

    [ChromiumFact]
    public async Task Colours_follow_the_system_and_the_button_overrules_it()
    {
        await using OpenReport report = await chromium.OpenAsync(s_small, dark: true);
        Task<string> Ground() => report.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        string dark = await Ground();
        ILocator button = report.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { NameRegex = new("^Colours") });
        await button.ClickAsync();
        string light = await Ground();
        await button.ClickAsync();

        Assert.NotEqual(dark, light);
        Assert.Equal(dark, await Ground());
        Assert.Equal("Colours: dark", await button.GetAttributeAsync("aria-label"));
    }

    [ChromiumFact]
    public async Task Keyboard_alone_reaches_and_opens_a_row()
    {
        await using OpenReport report = await chromium.OpenAsync(s_small);
        await report.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await report.Page.EvaluateAsync<string>("() => document.activeElement.textContent"));
        await report.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("main", await report.Page.EvaluateAsync<string>("() => document.activeElement.id"));
        for (int i = 0; i < 60 && await report.Page.EvaluateAsync<string>("() => document.activeElement.className") != "open"; i++)
        {
            await report.Page.Keyboard.PressAsync("Tab");
        }

        await report.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("true", await report.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('aria-expanded')"));
        Assert.Equal(1, await report.Page.Locator(".detail").CountAsync());
        await report.Page.Keyboard.PressAsync("Enter");
        Assert.Equal(0, await report.Page.Locator(".detail").CountAsync());
    }

    [ChromiumFact]
    public async Task Ten_thousand_rows_are_searched_filtered_sorted_and_turned_page_by_page()
    {
        ReportInput input = ReportCases.Whole(10_000);
        await using OpenReport report = await chromium.OpenAsync(HtmlReport.Write(input));
        IPage page = report.Page;
        ILocator rows = page.Locator("#rows-table tbody tr"), status = page.Locator("#rows-status");
        Assert.Equal(50, await rows.CountAsync());
        Assert.Equal("Rows 1 to 50 of 10000.", await status.TextContentAsync());

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Last" }).ClickAsync();
        Assert.Equal("Rows 9951 to 10000 of 10000.", await status.TextContentAsync());
        Assert.True(await page.Locator("#p-next").IsDisabledAsync());

        await page.GetByLabel("Search").FillAsync("ticket 9999:");
        Assert.Equal("Rows 1 to 1 of 1, of 10000 in all.", await status.TextContentAsync());
        await page.GetByLabel("Search").FillAsync("no such words");
        Assert.Equal("No row is like that.", await status.TextContentAsync());
        await page.GetByLabel("Search").FillAsync("");

        int wrong = input.Report.Candidate.Find(ModelOps.Core.Evaluation.Metrics.MetricSpec.Primary)!.RowScores.Count(s => s < 1);
        await page.Locator("#f-outcome").SelectOptionAsync(new SelectOptionValue { Label = "candidate wrong" });
        Assert.Equal($"Rows 1 to 50 of {wrong}, of 10000 in all.", await status.TextContentAsync());
        await page.Locator("#f-outcome").SelectOptionAsync(new SelectOptionValue { Label = "all rows" });

        await page.GetByLabel("Score").SelectOptionAsync("MeanLoss");
        ILocator head = page.GetByRole(AriaRole.Columnheader, new PageGetByRoleOptions { Name = "MeanLoss" });
        await head.GetByRole(AriaRole.Button).ClickAsync();
        Assert.Equal("ascending", await head.GetAttributeAsync("aria-sort"));
        double[] rising = await Scores();
        await head.GetByRole(AriaRole.Button).ClickAsync();
        double[] falling = await Scores();
        Assert.Equal(rising.Order(), rising);
        Assert.Equal(falling.OrderDescending(), falling);
        Assert.True(falling[0] > rising[^1]);
        await report.PictureAsync("rows-10000", fullPage: false);
        Assert.Empty(report.Complaints);

        async Task<double[]> Scores() => await page.EvaluateAsync<double[]>("() => [...document.querySelectorAll('#rows-table td.n:nth-of-type(5)')].map(c => Number(c.textContent))");
    }

    [ChromiumFact]
    public async Task Row_shows_the_words_that_differ()
    {
        ReportInput input = ReportCases.Whole(300);
        int row = input.Report.Items.Index().First(i => i.Item.Reference.Replace("access", "billing", StringComparison.Ordinal) is var other && other != i.Item.Reference
            && input.Report.Candidate.Run.Answers[i.Index].Text == other).Index;
        await using OpenReport report = await chromium.OpenAsync(s_small);
        await report.Page.GetByLabel("Search").FillAsync(input.Report.Items[row].Input[14..26]);
        await report.Page.Locator($"[aria-label='Row {row + 1}, details']").ClickAsync();
        ILocator answer = report.Page.Locator(".detail dd").Nth(2);

        Assert.Equal("access", await answer.Locator("del").TextContentAsync());
        Assert.Equal("billing", await answer.Locator("ins").TextContentAsync());
        await report.Page.GetByLabel("Differences from").SelectOptionAsync(new SelectOptionValue { Label = "nothing" });
        Assert.Equal(0, await answer.Locator("del, ins").CountAsync());
        Assert.Equal(input.Report.Candidate.Run.Answers[row].Text, await answer.TextContentAsync());
    }

    [ChromiumFact]
    public async Task Rows_that_broke_since_the_release_are_one_press_away()
    {
        ReportChanges changes = ReportChanges.Of(ReportCases.Whole(300))!;
        await using OpenReport report = await chromium.OpenAsync(s_small);
        await report.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Show the broken rows" }).ClickAsync();

        Assert.Contains($" of {changes.Broken}, of 300 in all.", await report.Page.Locator("#rows-status").TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal("f-outcome", await report.Page.EvaluateAsync<string>("() => document.activeElement.id"));
    }

    [ChromiumFact]
    public async Task Hostile_answers_are_shown_and_do_nothing()
    {
        await using OpenReport report = await chromium.OpenAsync(HtmlReport.Write(ReportCases.Whole(100, hostile: true)));
        await report.Page.Locator("[aria-label='Row 1, details']").ClickAsync();
        string said = (await report.Page.Locator(".detail dd").Nth(2).TextContentAsync())!;
        await report.PictureAsync("hostile", fullPage: false);

        Assert.Contains("<script>window.harmed=1</script>", said, StringComparison.Ordinal);
        Assert.Contains("␛[31mred", said, StringComparison.Ordinal);
        Assert.Contains("⟨U+202E⟩", said, StringComparison.Ordinal);
        Assert.Contains("␀", said, StringComparison.Ordinal);
        Assert.Equal("undefined", await report.Page.EvaluateAsync<string>("() => typeof window.harmed"));
        Assert.Equal("Contoso.<b>TicketTriage</b>", await report.Page.Locator("h1").TextContentAsync());
        Assert.Empty(report.Complaints);
    }
}
