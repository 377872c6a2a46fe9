using System.Text.Json.Nodes;
using ModelOps.Core.Evaluation;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;

namespace ModelOps.Core.Tests.Evaluation;

public sealed class DecisionStepTests
{
    [Fact]
    public void Each_step_is_the_best_of_its_technique_and_gains_over_the_one_before()
    {
        EvaluationReport report = Report(
            SameItems(4),
            Subject("candidate", SubjectKind.Candidate, SubjectTechnique.FineTune, 4, tokens: 10),
            Subject("release", SubjectKind.Released, SubjectTechnique.FineTune, 4, tokens: 10),
            Subject("zero", SubjectKind.Baseline, SubjectTechnique.Prompt, 1, tokens: 20),
            Subject("other", SubjectKind.Baseline, SubjectTechnique.Prompt, 0, tokens: 30),
            Subject("few", SubjectKind.Baseline, SubjectTechnique.FewShot, 3, tokens: 270),
            Subject("nearest", SubjectKind.Baseline, SubjectTechnique.FewShot, 3, tokens: 500),
            Subject("floor:majority", SubjectKind.Floor, SubjectTechnique.None, 2, tokens: 0));

        IReadOnlyList<DecisionStep> steps = DecisionStep.Of(report);

        Assert.Equal(["zero", "few", "candidate"], steps.Select(s => s.Subject));
        Assert.Equal([null, 0.5, 0.25], steps.Select(s => s.Gain));
        Assert.Equal([null, 2.0, null], steps.Select(s => s.GainPerThousandPromptTokens));
        Assert.All(steps, s => Assert.Null(s.GainPerPrice));
    }

    [Fact]
    public void Whoever_is_asked_elsewhere_has_steps_of_their_own_with_a_price()
    {
        SubjectRun Paid(string name, SubjectTechnique technique, int right, int tokens)
            => Subject(name, SubjectKind.Baseline, technique, right, tokens) with { Asked = "gpt", Price = new TokenPrice(2, 8, "EUR") };
        EvaluationReport report = Report(
            SameItems(4), Subject("candidate", SubjectKind.Candidate, SubjectTechnique.FineTune, 4, 10), Paid("plain", SubjectTechnique.Prompt, 1, 100), Paid("rag", SubjectTechnique.Retrieval, 3, 600));

        JsonArray steps = JsonNode.Parse(EvaluationJson.Write(report))!["steps"]!.AsArray();

        Assert.Equal(["candidate", "plain", "rag"], steps.Select(s => (string)s!["subject"]!));
        Assert.Equal("""{"completionTokens":5,"currency":"EUR","gain":0.5,"gainPerPrice":0.5,"gainPerThousandPromptTokens":1,"over":"plain","promptTokens":600,"subject":"rag","technique":"retrieval","thousandRequests":1.24,"value":0.75}""", steps[2]!.ToJsonString());
        Assert.Null(steps[1]!["over"]);
    }

    [Fact]
    public void The_same_of_two_steps_gains_nothing_and_costs_what_it_costs()
    {
        EvaluationReport report = Report(SameItems(4), Subject("candidate", SubjectKind.Candidate, SubjectTechnique.FineTune, 2, 10), Subject("p", SubjectKind.Baseline, SubjectTechnique.Prompt, 2, 5));

        Assert.Equal(0, DecisionStep.Of(report)[1].GainPerThousandPromptTokens);
    }

    private static SubjectRun Subject(string name, SubjectKind kind, SubjectTechnique technique, int right, int tokens)
        => new(name, kind, [.. Enumerable.Range(0, 4).Select(i => new SubjectAnswer(i < right ? "yes" : "no", "stop", tokens, 5))]) { Technique = technique };
}
