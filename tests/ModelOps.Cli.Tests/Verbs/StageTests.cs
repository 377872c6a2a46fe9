using System.Text.Json.Nodes;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class StageTests
{
    [Theory]
    [InlineData("MOPS5001", ExitCode.Failed)]
    [InlineData("MOPS1001", ExitCode.BadInput)]
    [InlineData("MOPS3003", ExitCode.Broken)]
    [InlineData("MOPS9002", ExitCode.Host)]
    public async Task A_stage_that_fails_says_which_way_by_its_exit_code(string code, int exitCode)
    {
        using var project = new FixtureProject($"""<Target Name="ModelOpsGate"><Error Code="{code}" File="data/a b.jsonl" Text="What happened." /></Target>""");

        ToolRun run = await ToolRun.OfAsync(["gate", project.Path, "--json"]);

        JsonNode json = JsonNode.Parse(run.Output)!;
        Assert.Equal((exitCode, exitCode), (run.ExitCode, (int)json["exitCode"]!));
        JsonNode diagnostic = Assert.Single(json["diagnostics"]!.AsArray())!;
        Assert.Equal((code, "error", "What happened.", "data/a b.jsonl"), ((string?)diagnostic["code"], (string?)diagnostic["severity"], (string?)diagnostic["message"], (string?)diagnostic["file"]));
        Assert.Contains($"error {code}: What happened.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Properties_reach_the_target_and_warnings_do_not_fail_it()
    {
        using var project = new FixtureProject("""<Target Name="ModelOpsTrain"><Warning Code="MOPS3006" Text="rank $(LoraRank)" /></Target>""");

        ToolRun run = await ToolRun.OfAsync(["train", project.Folder, "-p", "LoraRank=8", "--no-restore", "--json"]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal("rank 8", (string?)JsonNode.Parse(run.Output)!["diagnostics"]![0]!["message"]);
    }

    [Fact]
    public async Task An_ordinary_project_is_told_so()
    {
        using var project = new FixtureProject();

        ToolRun run = await ToolRun.OfAsync(["package", project.Path, "--json"]);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("error MOPS2104: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_json_MSBuild_writes_to_the_streams_of_the_tool()
    {
        using var project = new FixtureProject("""<Target Name="ModelOpsValidate"><Message Importance="high" Text="615 rows" /></Target>""");

        OtherProcess run = await OtherProcess.RunAsync("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "dotnet-modelops.dll"), "validate", project.Path]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Contains("615 rows", run.Output, StringComparison.Ordinal);
    }
}
