using System.Text.Json.Nodes;
using ModelOps.Build.Tasks.Tests.Edits;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests;

/// <summary>How many examples a prompt shows is chosen by validation rows: held-out rows are asked in one way only, and a build that knows the choice asks nobody.</summary>
public sealed class ShotFitTests : IDisposable
{
    private const int Validation = 6;
    private readonly EndpointServer _server = new();

    public ShotFitTests() => _server.SayTo = Answer;

    public void Dispose() => _server.Dispose();

    [Fact]
    public void The_count_that_is_best_on_validation_rows_is_asked_about_held_out_rows()
    {
        using EditProject project = Fitted("Auto").With(Names.ModelOpsReport, "html");

        BuildTrace trace = project.Build(pack: false);

        Assert.True(trace.Succeeded, trace.Log);
        Assert.Contains("few shows 2 nearest rows, fitted on 6 validation rows (ExactMatch of 1: 0.000, 2: 1.000, 4: 1.000, 8: 1.000)", trace.Log, StringComparison.Ordinal);
        Assert.Equal("""{"chosen":2,"metric":"ExactMatch","rows":6,"tried":[{"shots":1,"value":0},{"shots":2,"value":1},{"shots":4,"value":1},{"shots":8,"value":1}]}""",
            Few(project)["shots"]!.ToJsonString());
        ILookup<bool, int> asked = _server.Requests.Select(r => r["messages"]!.AsArray()).ToLookup(m => Question(m).Contains("fitting", StringComparison.Ordinal), Shots);
        Assert.Equal([1, 2, 4, 8], asked[true].Distinct().Order());
        Assert.Equal(4 * Validation, asked[true].Count());
        Assert.Equal([2], asked[false].Distinct());
        Assert.Contains("nearest rows, best of 1, 2, 4, 8 on 6 validation rows", File.ReadAllText(project.Files.HtmlReport), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_fitted_is_known_to_plan_pack_and_replay()
    {
        using EditProject project = Fitted("1;2").With(Names.UseEvalLock, "true");
        Assert.True(project.Build().Succeeded);
        int requests = _server.Requests.Count;
        Assert.Equal(2 * Validation, _server.Requests.Count(r => Question(r["messages"]!.AsArray()).Contains("fitting", StringComparison.Ordinal)));

        Assert.Equal(Effect.Nothing, project.Build().Effect);
        byte[] evaluation = File.ReadAllBytes(project.Files.Evaluation);
        Directory.Delete(project.Store, recursive: true);
        File.Delete(project.Files.Evaluation);
        (project.Locked, project.Budget) = (true, "0");
        BuildTrace replayed = project.Build();

        Assert.True(replayed.Succeeded, replayed.Log);
        Assert.Equal(evaluation, File.ReadAllBytes(project.Files.Evaluation));
        Assert.Equal(requests, _server.Requests.Count);
    }

    [Fact]
    public void Fitting_counts_against_the_budget_and_needs_rows_to_fit_on()
    {
        using EditProject poor = Fitted("Auto"), rowless = Fitted("Auto");
        poor.Budget = "0.00001";
        File.Delete(rowless["Triage/data/validation/a.jsonl"]);

        string overBudget = poor.Build(pack: false).Log, unfitted = rowless.Build(pack: false).Log;

        Assert.Contains("error MOPS5115", overBudget, StringComparison.Ordinal);
        Assert.Contains("error MOPS5190", unfitted, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    private EditProject Fitted(string shots)
    {
        EditProject project = Projects.Triage()
            .Write("Triage/data/validation/a.jsonl", string.Concat(Enumerable.Range(0, Validation).Select(i => Projects.Row($"fitting case {i} about {Projects.Labels[0]} please", Projects.Labels[0]) + "\n")));
        project.Subjects.Add((Names.ModelEndpoint, "small", new() { ["Url"] = _server.Url, ["Model"] = "m", ["PromptPrice"] = "0.15", ["CompletionPrice"] = "0.6" }));
        project.Prompts.Add(("zero.prompty", new() { ["Name"] = "few", ["Shots"] = shots, ["Endpoint"] = "small" }));
        return project;
    }

    /// <summary>Right as soon as two examples are shown, about one label of four.</summary>
    private static string Answer(JsonArray messages) => Shots(messages) >= 2 && Question(messages).Contains(Projects.Labels[0], StringComparison.Ordinal) ? Projects.Labels[0] : "none";

    private static int Shots(JsonArray messages) => messages.Count(m => (string)m!["role"]! == "assistant");

    private static string Question(JsonArray messages) => (string)messages[^1]!["content"]!;

    private static JsonNode Few(EditProject project)
        => JsonNode.Parse(File.ReadAllText(project.Files.Evaluation))!["subjects"]!.AsArray().Single(s => (string)s!["name"]! == "few")!;
}
