using System.Text.Json.Nodes;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Protocol;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class ShowTests : IDisposable
{
    private readonly FixtureProject _project = new();

    [Fact]
    public async Task Without_an_evaluation_it_says_what_to_run()
    {
        ToolRun run = await ToolRun.OfAsync(["show", _project.Path]);

        Assert.Equal((ExitCode.BadInput, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"{_project.Path}: error MOPS2105: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_prints_the_table_and_the_gates()
    {
        EvaluationReport report = Evaluate("first");
        Verdict verdict = Judge(report);

        ToolRun run = await ToolRun.OfAsync(["show", _project.Path]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Equal(SummaryTable.Lines(report, verdict), run.Output.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_verdict_on_an_earlier_evaluation_is_not_shown_as_one_on_this()
    {
        Judge(Evaluate("first"));
        Evaluate("second");

        ToolRun text = await ToolRun.OfAsync(["show", _project.Path]), json = await ToolRun.OfAsync(["show", _project.Path, "--json"]);

        Assert.EndsWith("the gates have not judged this evaluation yet: dotnet modelops gate\n", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("passed", text.Output, StringComparison.Ordinal);
        Assert.Null(JsonNode.Parse(json.Output)!["verdict"]);
    }

    [Fact]
    public async Task Json_holds_scores_and_verdict_and_no_answers()
    {
        EvaluationReport report = Evaluate("first");
        Judge(report);

        ToolRun run = await ToolRun.OfAsync(["show", _project.Path, "--json"]);

        JsonNode json = JsonNode.Parse(run.Output)!;
        Assert.Equal((report.Key.ToString(), 40), ((string?)json["evaluationKey"], (int)json["rows"]!));
        JsonNode candidate = json["subjects"]![0]!;
        Assert.Equal(("candidate", 1.0), ((string?)candidate["kind"], (double)candidate["metrics"]![0]!["value"]!));
        Assert.Equal("passed", (string?)json["verdict"]!["outcome"]);
        Assert.DoesNotContain("answers", run.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();

    private EvaluationReport Evaluate(string salt)
    {
        EvaluationItem[] items = [.. Enumerable.Range(0, 40).Select(i => new EvaluationItem($"row-{i}", [new PromptMessage("user", $"question {i}")], "yes"))];
        EvaluationReport report = Evaluator.Evaluate(new EvaluationInput
        {
            Fields = new KeyFields().Add("salt", salt),
            Items = items,
            Subjects =
            [
                new SubjectRun("candidate", SubjectKind.Candidate, [.. items.Select(_ => new SubjectAnswer("yes"))]),
                new SubjectRun("zero-shot", SubjectKind.Baseline, [.. items.Select(_ => new SubjectAnswer("no"))]),
            ],
            Metrics = [MetricSpec.Primary],
        });
        Directory.CreateDirectory(_project.Files.Directory);
        File.WriteAllBytes(_project.Files.Evaluation, EvaluationJson.Write(report));
        return EvaluationJson.Read(_project.Files.Evaluation);
    }

    private Verdict Judge(EvaluationReport report)
    {
        Verdict verdict = GateJudge.Decide(report, [GateDefinition.Default]);
        File.WriteAllBytes(_project.Files.Verdict, VerdictJson.Write(verdict));
        return verdict;
    }
}
