using ModelOps.Core.Reporting.Data;
using ModelOps.Testing;

namespace ModelOps.Report.Tests;

/// <summary>The data report in a real browser.</summary>
public sealed class DataPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    [ChromiumTheory]
    [InlineData(1280, false)]
    [InlineData(390, true)]
    public async Task Page_can_be_read_by_everybody(int width, bool dark)
    {
        await using OpenReport report = await chromium.OpenAsync(DataReport.Write(DataCases.Whole(hostile: width == 390)), width, dark: dark);
        await report.PictureAsync($"data-{width}-{(dark ? "dark" : "light")}");

        Assert.Empty(await report.Page.EvaluateAsync<string[]>(PageChecks.Contrast));
        Assert.Empty(await report.Page.EvaluateAsync<string[]>(PageChecks.Structure));
        Assert.Equal(0, await report.Page.EvaluateAsync<int>(PageChecks.Sideways));
        Assert.Empty(report.Complaints);
        Assert.False(await report.Page.EvaluateAsync<bool>("() => 'harmed' in window"));
        string[] linked = await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('nav.page a')].map(a => a.getAttribute('href').slice(1))");
        Assert.Equal(["sets", "sources", "drops", "lengths", "labels", "findings", "problems", "samples"], linked);
        await report.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await report.Page.EvaluateAsync<string>("() => document.activeElement.textContent"));
    }
}
