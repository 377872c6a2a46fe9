using System.Collections.Concurrent;
using System.Text.Json;
using ModelOps.Pipeline.Advising;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Git;

namespace ModelOps.Cli.Tests.Advising;

/// <summary>The verb on fifteen projects whose answers stood before its rules (<c>scenarios/README.md</c>).</summary>
public sealed class AdviseTests
{
    private const int MustBeRight = 13;

    [Fact]
    public async Task Fifteen_projects_get_the_answer_that_was_fixed_beforehand_and_facts_alone_are_never_tuned()
    {
        string[] names = [.. Scenario.Names];
        var found = new ConcurrentDictionary<string, JsonElement>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (name, _) => found[name] = await AdviseAsync(name));
        (string Name, JsonElement Json)[] advised = [.. names.Select(name => (name, found[name]))];

        string[] wrong = [.. advised.Where(a => Answer(a.Json) != Expected(a.Name)).Select(a => $"{a.Name}: {Answer(a.Json)} instead of {Expected(a.Name)}: {a.Json.GetProperty("reasons")[0].GetProperty("text")}")];
        Assert.Equal(15, names.Length);
        Assert.True(names.Length - wrong.Length >= MustBeRight, string.Join('\n', wrong));
        Assert.All(advised.Where(a => a.Name is "facts-only" or "weekly-facts" or "library-api" or "outfits"), a => Assert.NotEqual("fine-tune", a.Json.GetProperty("answer").GetString()));

        // All of them, as it is; a rule that loses one says so here.
        Assert.Empty(wrong);
        Assert.All(advised, a => Assert.Equal("decides", a.Json.GetProperty("reasons")[0].GetProperty("kind").GetString()));
        JsonElement weekly = advised.Single(a => a.Name == "weekly-facts").Json.GetProperty("evidence");
        Assert.True(!GitLibrary.IsThere || weekly.GetProperty("changes").GetProperty("replacedPerMonth").GetDouble() is > 0.7 and < 1, "a fifth a week");
    }

    [Fact]
    public async Task A_project_that_was_never_built_is_told_what_is_not_measured_and_how_to_measure_it()
    {
        using var project = new FixtureProject("""<ItemGroup><TrainingData Include="rows.jsonl" /></ItemGroup>""");
        File.WriteAllLines(Path.Combine(project.Folder, "rows.jsonl"), Enumerable.Range(0, 12).Select(i => $$"""{"messages":[{"role":"user","content":"q{{i}}"},{"role":"assistant","content":"a"}]}"""));

        ToolRun run = await ToolRun.OfAsync(["advise", project.Path]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("Triage: collect data first\n  because       rows        12 training rows", run.Output, StringComparison.Ordinal);
        Assert.Contains("not measured  gain        what tuning gains: 'dotnet modelops advise --run', or build", run.Output, StringComparison.Ordinal);
        Assert.Contains("the property ModelOpsMustCite", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_people_know_is_checked()
    {
        using var project = new FixtureProject("<PropertyGroup><ModelOpsLatencyLimit>soon</ModelOpsLatencyLimit></PropertyGroup>");

        ToolRun run = await ToolRun.OfAsync(["advise", project.Path]);

        Assert.Equal((ExitCode.BadInput, ""), (run.ExitCode, run.Output));
        Assert.Contains("error MOPS9021: ModelOpsLatencyLimit is 'soon'", run.Error, StringComparison.Ordinal);
    }

    /// <summary>The builds that <c>--run</c> asks for, with an evaluation that only writes down which rows it was given.</summary>
    [Fact]
    public async Task Shares_of_the_rows_are_nested_and_built_by_the_project_itself()
    {
        using var project = new FixtureProject("""
            <ItemGroup><TrainingData Include="data/train/rows.jsonl" License="MIT" /></ItemGroup>
            <Import Project="$(CustomBeforeModelOpsTargets)" Condition="'$(CustomBeforeModelOpsTargets)' != ''" />
            <Target Name="ModelOpsEvaluate"><WriteLinesToFile File="$(ModelOpsIntermediateDirectory)asked.txt" Lines="%(TrainingData.FullPath)|%(TrainingData.License)" Overwrite="true" /></Target>
            """);
        project.Fingerprint(0.1, [.. Enumerable.Range(0, 40).Select(i => $"question {i}")]);

        ToolRun run = await ToolRun.OfAsync(["advise", project.Path, "--run", "--no-restore"]);

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        string[] all = File.ReadAllLines(Asked(project.Files).Path), half = File.ReadAllLines(Asked(EvidenceReader.Share(project.Files, 50)).Path), quarter = File.ReadAllLines(Asked(EvidenceReader.Share(project.Files, 25)).Path);
        Assert.Equal((40, 20, 10), (all.Length, half.Length, quarter.Length));
        Assert.Subset(half.ToHashSet(), quarter.ToHashSet());
        Assert.Subset(all.ToHashSet(), half.ToHashSet());
        Assert.Equal(quarter, half[..10]);
        Assert.All([25, 50], percent => Assert.Equal("MIT", Asked(EvidenceReader.Share(project.Files, percent)).License));

        static (string Path, string License) Asked(StageFiles files) => File.ReadAllLines(Path.Combine(files.Directory, "asked.txt")).Single().Split('|') is [var path, var license] ? (path, license) : default;
    }

    private static string Answer(JsonElement json) => Words(json.GetProperty("answer").GetString()!, json.GetProperty("withRetrieval").GetBoolean());

    private static string Expected(string name) => Scenario.Answer(name) is var answer ? Words(answer.Answer, answer.WithRetrieval) : "";

    private static string Words(string answer, bool withRetrieval) => withRetrieval ? answer + " with retrieval" : answer;

    private static async Task<JsonElement> AdviseAsync(string name)
    {
        using var project = new ScenarioProject(name);
        ToolRun run = await ToolRun.OfAsync(["advise", project.ProjectFile, "--json"]);
        Assert.True(run.ExitCode == ExitCode.Ok, $"{name}: {run.Error}");
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
