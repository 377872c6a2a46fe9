using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>A judge through the whole build: a command that gives an answer with the word "bad" the lowest mark and any other the highest.</summary>
public sealed class JudgeTests
{
    private const string Marks = """
        sed -E -e '/ANSWER: [^"]*bad/s/.*"id":"([^"]*)","repeat":([0-9]+).*/{"id":"\1","repeat":\2,"text":"it is {\\"polite\\":1}"}/;t' -e 's/.*"id":"([^"]*)","repeat":([0-9]+).*/{"id":"\1","repeat":\2,"text":"it is {\\"polite\\":5}"}/'
        """;

    [Fact]
    public void A_judge_that_agrees_with_people_decides_a_gate_and_its_answers_are_kept()
    {
        using EditProject project = Judged(humans: 20);

        BuildTrace built = project.Build(pack: false);

        Assert.True(built.Succeeded, built.Log);
        EvaluationReport report = EvaluationJson.Read(project.Files.Evaluation);
        Assert.Equal((1.0, 40), (report.Judges.Single().Kappa.Value, report.Judges.Single().Kappa.Cases));
        Assert.Equal(1, report.Candidate.Find(new MetricSpec("Judge", "tone"))!.Value);
        Assert.Contains("Judge(tone) must be at least 0.50: candidate 1.000", built.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Baselines, subject => subject.Name == "marker");
        Assert.Equal(Effect.Nothing, project.Build(pack: false).Effect);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_judge_that_is_not_shown_to_agree_decides_nothing(int humans)
    {
        using EditProject project = Judged(humans);

        BuildTrace built = project.Build(pack: false);

        Assert.False(built.Succeeded);
        Assert.Contains("error MOPS5167", built.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_judge_that_cannot_be_read_is_a_broken_tool()
    {
        using EditProject project = Judged(humans: 20);
        project.Subjects[0].Metadata["Command"] = project.Subjects[0].Metadata["Command"].Replace("polite", "nice", StringComparison.Ordinal);

        BuildTrace built = project.Build(pack: false);

        Assert.False(built.Succeeded);
        Assert.Contains("error MOPS5169", built.Log, StringComparison.Ordinal);
    }

    private static EditProject Judged(int humans)
    {
        EditProject project = Projects.Triage().Write("Triage/judges/tone.prompty", "---\nname: tone\n---\nuser:\nQUESTION: {{input}}\nANSWER: {{answer}}\n");
        project.Write("Triage/judges/tone.jsonl", string.Concat(Enumerable.Range(0, humans).SelectMany(i => new[] { ("good", "pass"), ("bad", "fail") }
            .Select(c => $$"""{"input":"ticket {{i}}","answer":"a {{c.Item1}} one","label":"{{c.Item2}}"}""" + "\n"))));
        project.Subjects.Add(("ModelCommand", "marker", new() { ["Command"] = Marks }));
        var judge = new Dictionary<string, string> { ["Prompt"] = "judges/tone.prompty", ["Criteria"] = "polite", ["Endpoint"] = "marker", ["Repeats"] = "2" };
        if (humans > 0)
        {
            judge["Humans"] = "judges/tone.jsonl";
        }

        project.Subjects.Add(("ModelJudge", "tone", judge));
        return project.Gate("Judge", ("Name", "tone"), ("Minimum", "0.5"));
    }
}
