using System.Reflection;
using Microsoft.Playwright;

namespace ModelOps.Report.Tests;

/// <summary>The system's Chromium, driven by Playwright; one for all tests of a class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "chrome.exe", "msedge.exe"];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Null where there is none; <c>MODELOPS_CHROMIUM</c> names one elsewhere.</summary>
    public static string? Path { get; } = Environment.GetEnvironmentVariable("MODELOPS_CHROMIUM") is { Length: > 0 } named ? named
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
            .SelectMany(folder => s_names.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Path is null)
        {
            return;
        }

        string driver = typeof(Chromium).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PlaywrightDriver").Value!;
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH", driver);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Path, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens a page from a file, as a person does who double-clicks it.</summary>
    public async Task<OpenReport> OpenAsync(byte[] html, int width = 1280, int height = 900, bool dark = false)
    {
        IPage page = await _browser!.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        });
        var report = new OpenReport(page);
        await report.ShowAsync(html);
        return report;
    }
}

/// <summary>A report in the browser, and everything that the browser had to say about it.</summary>
public sealed class OpenReport(IPage page) : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("modelops-page-");

    public IPage Page => page;

    /// <summary>Console messages, violated policies, dialogs, requests: a good page causes none.</summary>
    public List<string> Complaints { get; } = [];

    public async Task ShowAsync(byte[] html)
    {
        string file = Path.Combine(_folder.FullName, "index.html");
        await File.WriteAllBytesAsync(file, html);
        page.Console += (_, message) => Complaints.Add($"console {message.Type}: {message.Text}");
        page.PageError += (_, error) => Complaints.Add($"error: {error}");
        page.Dialog += async (_, dialog) =>
        {
            Complaints.Add($"dialog: {dialog.Message}");
            await dialog.DismissAsync();
        };
        page.Request += (_, request) =>
        {
            if (request.Url != new Uri(file).AbsoluteUri)
            {
                Complaints.Add($"request: {request.Url}");
            }
        };
        await page.GotoAsync(new Uri(file).AbsoluteUri);
    }

    /// <summary>A picture of the whole page for people, where <c>MODELOPS_SCREENSHOTS</c> names a folder.</summary>
    public async Task PictureAsync(string name, bool fullPage = true)
    {
        if (Environment.GetEnvironmentVariable("MODELOPS_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = fullPage });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await page.CloseAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>A test that needs a browser; skipped, visibly, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute() => Skip = Reason;

    internal static string? Reason => Chromium.Path is null ? "No Chromium on the PATH; install one, or name it in MODELOPS_CHROMIUM." : null;
}

/// <summary>As <see cref="ChromiumFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    public ChromiumTheoryAttribute() => Skip = ChromiumFactAttribute.Reason;
}
