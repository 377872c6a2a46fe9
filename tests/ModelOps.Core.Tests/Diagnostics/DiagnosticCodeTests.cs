using System.Text.RegularExpressions;

namespace ModelOps.Core.Tests.Diagnostics;

/// <summary>One situation, one code, one page.</summary>
public sealed partial class DiagnosticCodeTests
{
    private static readonly string s_root = Root();

    [Fact]
    public void Every_code_has_a_page_and_every_page_a_code()
    {
        string[] used = [.. Sources().SelectMany(f => UsedCode().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Distinct().Order(StringComparer.Ordinal)];
        string[] pages = [.. Directory.GetFiles(Path.Combine(s_root, "docs", "errors"), "*.md").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];
        Assert.True(used.Length > 30);
        Assert.True(used.SequenceEqual(pages), $"no page: {string.Join(' ', used.Except(pages))}; no code: {string.Join(' ', pages.Except(used))}");
    }

    [Fact]
    public void Every_code_is_made_in_one_place()
    {
        var made = Sources().SelectMany(f => MadeCode().Matches(File.ReadAllText(f)).Select(m => (Code: m.Groups[2].Value, Severity: m.Groups[1].Value, File: Path.GetRelativePath(s_root, f))));
        // One situation may be an error or a warning, side by side in one method.
        string[] twice = [.. made.GroupBy(m => m.Code).Where(g => g.DistinctBy(m => m.File).Count() > 1 || g.DistinctBy(m => m.Severity).Count() < g.Count()).Select(g => $"{g.Key} in {string.Join(", ", g.Select(m => m.File))}")];
        Assert.True(twice.Length == 0, string.Join("; ", twice));
    }

    [Fact]
    public void A_page_is_headed_by_its_code_and_says_what_to_do()
    {
        foreach (string page in Directory.GetFiles(Path.Combine(s_root, "docs", "errors"), "*.md"))
        {
            string text = File.ReadAllText(page);
            Assert.StartsWith($"# {Path.GetFileNameWithoutExtension(page)}", text, StringComparison.Ordinal);
            Assert.True(text.Contains("What to do", StringComparison.OrdinalIgnoreCase), page);
        }
    }

    private static IEnumerable<string> Sources() => new[] { "*.cs", "*.targets", "*.props" }
        .SelectMany(p => Directory.EnumerateFiles(Path.Combine(s_root, "src"), p, SearchOption.AllDirectories))
        .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"));

    private static string Root()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "ModelOps.sln")))
        {
            at = at.Parent ?? throw new InvalidOperationException("The tests run inside the repository.");
        }

        return at.FullName;
    }

    [GeneratedRegex("\"(MOPS[0-9]{4})\"")]
    private static partial Regex UsedCode();

    [GeneratedRegex("(Error|Warning|Diagnostic)\\(\\s*\"(MOPS[0-9]{4})\"")]
    private static partial Regex MadeCode();
}
