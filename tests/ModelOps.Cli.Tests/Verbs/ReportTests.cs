using System.IO.Compression;
using System.Text.Json.Nodes;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting;
using ModelOps.Testing;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class ReportTests : IDisposable
{
    private readonly FixtureProject _project = new();
    private readonly ReportInput _input = ReportCases.Whole(60);

    [Fact]
    public async Task Report_of_the_last_build_is_written_where_the_build_writes_it()
    {
        Evaluate();
        ToolRun run = await ToolRun.OfAsync(["report", _project.Path]);

        Assert.Equal((ExitCode.Ok, _project.Files.HtmlReport, ""), (run.ExitCode, run.Output.TrimEnd(), run.Error));
        Assert.Contains("<title>Triage: gates ", File.ReadAllText(_project.Files.HtmlReport), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Project_without_an_evaluation_says_what_to_do()
    {
        ToolRun run = await ToolRun.OfAsync(["report", _project.Path]);

        Assert.Equal((ExitCode.Failed, ""), (run.ExitCode, run.Output));
        Assert.Contains("error MOPS5301: ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out.md", "## Triage: ")]
    [InlineData("out.xml", "<testsuites ")]
    [InlineData("out.html", "<!DOCTYPE html>")]
    public async Task Extension_says_what_is_written(string name, string expected)
    {
        Evaluate();
        string file = Path.Combine(_project.Folder, name);
        ToolRun run = await ToolRun.OfAsync(["report", _project.Path, "-o", file]);

        Assert.Equal((ExitCode.Ok, file), (run.ExitCode, run.Output.TrimEnd()));
        Assert.Contains(expected, File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Package_is_compared_with_the_build()
    {
        Evaluate();
        string package = Package("Contoso.Triage.1.0.0.nupkg", _input.Earlier!.Report), page = Path.Combine(_project.Folder, "compare.html");
        ToolRun since = await ToolRun.OfAsync(["report", _project.Path, "--against", package, "--json"]);
        ToolRun both = await ToolRun.OfAsync(["report", _project.Path, package, "-o", page, "--json"]);

        JsonNode changes = JsonNode.Parse(since.Output)!["changes"]!;
        Assert.Equal(("Contoso.Triage.1.0.0", 54, 6), ((string?)changes["since"], (int)changes["common"]!, (int)changes["added"]!));
        JsonNode compared = JsonNode.Parse(both.Output)!;
        Assert.Equal(54, (int)compared["rows"]!);
        Assert.Equal(["Triage", "Contoso.Triage.1.0.0"], compared["subjects"]!.AsArray().Select(s => (string?)s!["name"]));
        Assert.Contains("Since Contoso.Triage.1.0.0", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Contains("MOPS5303", (await ToolRun.OfAsync(["report", package, package])).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sheets_go_out_and_ratings_come_back()
    {
        Evaluate();
        string sheets = Path.Combine(_project.Folder, "reviews"), ratings = Path.Combine(sheets, "ratings.jsonl");
        ToolRun export = await ToolRun.OfAsync(["review", "export", _project.Path, "-q", "helpful=1..5", "-r", "ann", "-r", "ben", "--rows", "10", "-o", sheets]);
        Assert.Equal((ExitCode.Ok, ""), (export.ExitCode, export.Error));
        Rate(Path.Combine(sheets, "review.ann.csv"), row => 1 + (row % 5));
        Rate(Path.Combine(sheets, "review.ben.csv"), _ => 3);

        ToolRun import = await ToolRun.OfAsync(["review", "import", Path.Combine(sheets, "review.ann.csv"), Path.Combine(sheets, "review.ben.csv"), "--ratings", ratings, "--json"]);
        JsonNode question = JsonNode.Parse(import.Output)!["questions"]![0]!;
        Assert.Equal(("helpful=1..5", 2, "interval"), ((string?)question["question"], question["raters"]!.AsArray().Count, (string?)question["scale"]));
        Assert.True((double)question["alpha"]! < 0.2);

        ToolRun show = await ToolRun.OfAsync(["review", "show", _project.Path, "--ratings", ratings, "--json"]);
        JsonNode candidate = JsonNode.Parse(show.Output)!["scores"]!.AsArray().First(s => (string?)s!["subject"] == "candidate")!;
        Assert.Equal(10, (int)candidate["n"]!);
        Assert.InRange((double)candidate["value"]!, 0.25, 0.75);
        Assert.Contains("MOPS5327", (await ToolRun.OfAsync(["review", "export", _project.Path, "-q", "helpful=5"])).Error, StringComparison.Ordinal);
        Assert.Contains("MOPS5328", (await ToolRun.OfAsync(["review", "export", _project.Path, "-s", "nobody"])).Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();

    // As a person fills in the last but one column.
    private static void Rate(string sheet, Func<int, int> value)
    {
        string[] lines = File.ReadAllText(sheet).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        File.WriteAllLines(sheet, lines.Select((line, row) => row == 0 ? line : line[..^2] + $",{value(row)},"));
    }

    private void Evaluate()
    {
        Directory.CreateDirectory(_project.Files.Directory);
        File.WriteAllBytes(_project.Files.Evaluation, EvaluationJson.Write(_input.Report));
        File.WriteAllBytes(_project.Files.Verdict, VerdictJson.Write(_input.Verdict!));
    }

    private string Package(string name, EvaluationReport report)
    {
        string path = Path.Combine(_project.Folder, name);
        using ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create);
        using Stream entry = archive.CreateEntry("lineage/eval.json").Open();
        entry.Write(EvaluationJson.Write(report));
        return path;
    }
}
