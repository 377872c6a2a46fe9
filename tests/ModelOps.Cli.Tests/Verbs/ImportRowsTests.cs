using System.Text.Json.Nodes;
using ModelOps.TestUtilities;

namespace ModelOps.Cli.Tests.Verbs;

using TemporaryFolder = ModelOps.TestUtilities.TemporaryFolder;

/// <summary><c>modelops import logs|pairs|drafts|raft</c> from the command line; what they make is tested where it is made.</summary>
public sealed class ImportRowsTests
{
    [Fact]
    public async Task Logs_become_rows_and_pairs()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("logs/2026.jsonl", """{"prompt":"a?","answer":"no","correction":"yes"}""" + "\n" + """{"prompt":"b?","answer":"no"}""" + "\n");

        ToolRun rows = await ToolRun.OfAsync(["import", "logs", folder["logs"], "-o", folder["data/train/logs.jsonl"]]);
        ToolRun json = await ToolRun.OfAsync(["import", "logs", log, "-o", folder["data/train/logs.jsonl"], "--json"]);
        ToolRun pairs = await ToolRun.OfAsync(["import", "pairs", log, "-o", folder["data/pairs.jsonl"]]);
        File.AppendAllText(log, "{\n");
        ToolRun broken = await ToolRun.OfAsync(["import", "logs", log, "-o", folder["data/train/logs.jsonl"]]);

        Assert.Equal((ExitCode.Ok, "", $"{folder["data/train/logs.jsonl"]}: 1 row of 2 exchanges, 1 of them corrected; passed over: 1 without feedback\n"), (rows.ExitCode, rows.Error, rows.Output));
        JsonNode said = JsonNode.Parse(json.Output)!;
        Assert.Equal(("import logs", 1, folder["data/train/logs.provenance.json"]), ((string?)said["verb"], (int)said["rows"]!, (string?)said["provenance"]));
        Assert.Equal((ExitCode.Ok, true), (pairs.ExitCode, pairs.Output.Contains(": 1 pair;", StringComparison.Ordinal)));
        Assert.Equal((ExitCode.BadInput, true), (broken.ExitCode, broken.Error.Contains("2026.jsonl(3,2): error MOPS1001", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Raft_rows_are_made_and_a_bad_share_is_told()
    {
        using var folder = new TemporaryFolder();
        folder.Write("docs/a.md", string.Join("\n\n", Enumerable.Range(0, 6).Select(i => $"Lift {i} stands in hall {i}. {string.Join(' ', Enumerable.Range(0, 90).Select(w => $"w{i}x{w}"))}")));
        string questions = folder.Write("q.jsonl", """{"question":"Where is lift 3?","answer":"in hall 3","citation":"Lift 3 stands in hall 3."}""");

        ToolRun made = await ToolRun.OfAsync(["import", "raft", questions, "-d", folder["docs"], "-o", folder["raft.jsonl"], "--json"]);
        ToolRun share = await ToolRun.OfAsync(["import", "raft", questions, "-d", folder["docs"], "--without-golden", "2"]);

        Assert.Equal((ExitCode.Ok, ""), (made.ExitCode, made.Error));
        Assert.Equal(1, (int)JsonNode.Parse(made.Output)!["rows"]!);
        Assert.Equal((ExitCode.Usage, true), (share.ExitCode, share.Error.Contains("--without-golden", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Drafts_come_from_an_endpoint_of_the_project_within_its_budget()
    {
        using var server = new EndpointServer();
        using var project = new FixtureProject($"""
            <ItemGroup><ModelEndpoint Include="strong" Url="{server.Url}" Model="m" PromptPrice="1" CompletionPrice="2" /></ItemGroup>
            """);
        string questions = Path.Combine(project.Folder, "q.jsonl"), output = Path.Combine(project.Folder, "drafts.jsonl");
        File.WriteAllText(questions, """{"question":"a?"}""");
        string[] draft = ["import", "drafts", questions, "--project", project.Folder, "-o", output, "--sheets", project.Folder, "-r", "ann"];

        ToolRun unknown = await ToolRun.OfAsync([.. draft, "-e", "strnog"]);
        ToolRun broke = await ToolRun.OfAsync([.. draft, "-e", "strong"]);
        ToolRun asked = await ToolRun.OfAsync([.. draft, "-e", "strong", "-p", "ModelOpsBudget=1", "--json"]);

        Assert.Equal((ExitCode.BadInput, true), (unknown.ExitCode, unknown.Error.Contains("MOPS1157", StringComparison.Ordinal) && unknown.Error.Contains("'strong'", StringComparison.Ordinal)));
        Assert.Equal((ExitCode.BadInput, true), (broke.ExitCode, broke.Error.Contains("MOPS1155", StringComparison.Ordinal)));
        Assert.Equal(ExitCode.Ok, asked.ExitCode);
        Assert.Equal(Path.Combine(project.Folder, "drafts.ann.csv"), (string?)JsonNode.Parse(asked.Output)!["sheets"]![0]);
        Assert.Single(server.Requests);
    }
}
