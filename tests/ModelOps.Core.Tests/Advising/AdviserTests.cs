using ModelOps.Core.Advising;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Tests.Advising;

/// <summary>Each rule of <c>docs/advise.md</c> by itself: the case in which it decides, and the one beside it in which it does not.</summary>
public sealed class AdviserTests
{
    private static readonly AdviceSubject s_tuned = Subject("candidate", SubjectKind.Candidate, SubjectTechnique.FineTune, 80), s_prompt = Subject("prompt", SubjectKind.Baseline, SubjectTechnique.Prompt, 40);

    [Fact]
    public void Measure_a_judge_who_agrees_with_nobody_decides_nothing()
    {
        AdviceEvidence project = Project(s_tuned, s_prompt);

        Expect("measure", AdviceAnswer.DoNot, project with { Agreement = new JudgeAgreement("taste", ["fail", "pass"], [[20, 20], [20, 20]], 0.4) });
        Expect("gain", AdviceAnswer.FineTune, project with { Agreement = new JudgeAgreement("taste", ["fail", "pass"], [[40, 2], [2, 40]], 0.4) });
    }

    [Fact]
    public void Suffices_a_prompt_that_is_good_enough_unless_tuning_is_shown_to_be_better_by_the_bar()
    {
        AdviceEvidence project = Project(s_tuned, Subject("prompt", SubjectKind.Baseline, SubjectTechnique.FewShot, 76)) with { Targets = [new AdviceTarget(0.7)] };

        Expect("suffices", AdviceAnswer.Prompt, project);
        Expect("gain", AdviceAnswer.FineTune, project with { Subjects = [Subject("candidate", SubjectKind.Candidate, SubjectTechnique.FineTune, 95), project.Subjects[1]] });
        Expect("suffices", AdviceAnswer.Prompt, project with { Subjects = [Subject("candidate", SubjectKind.Candidate, SubjectTechnique.FineTune, 85), project.Subjects[1]] }, null, new AdviceThresholds { MinimumGain = 0.2 });
    }

    [Fact]
    public void Facts_what_passages_can_do_is_not_tuned()
    {
        AdviceSubject passages = Subject("passages", SubjectKind.Baseline, SubjectTechnique.Retrieval, 75), some = Subject("passages", SubjectKind.Baseline, SubjectTechnique.Retrieval, 55);
        AdviceSubject hybrid = Subject("candidate", SubjectKind.Candidate, SubjectTechnique.Hybrid, 90);

        Expect("facts", AdviceAnswer.Retrieve, Project(s_tuned, s_prompt, passages));
        Expect("gain", AdviceAnswer.FineTune, Project(s_tuned, s_prompt, some));
        Assert.True(Expect("gain", AdviceAnswer.FineTune, Project(hybrid, s_prompt, some)).WithRetrieval);

        // A project that says that its answers are facts is never tuned, however large the gain.
        Expect("facts", AdviceAnswer.Retrieve, Project(s_tuned, s_prompt), new AdviceFacts { Knowledge = AnswerKnowledge.Facts });
        Expect("facts", AdviceAnswer.Retrieve, Project(hybrid, s_prompt, some), new AdviceFacts { Knowledge = AnswerKnowledge.Facts });
    }

    [Fact]
    public void Facts_answers_that_look_like_facts_are_looked_up_before_they_are_learned()
    {
        AdviceEvidence project = Project(s_tuned, s_prompt) with { Novelty = 0.7 };

        Expect("facts", AdviceAnswer.Retrieve, project);
        Expect("gain", AdviceAnswer.FineTune, project with { Novelty = 0.2 });
        Expect("gain", AdviceAnswer.FineTune, project, new AdviceFacts { Knowledge = AnswerKnowledge.Behaviour });
    }

    [Fact]
    public void Measured_nothing_was_answered_yet()
    {
        Expect("measured", AdviceAnswer.Prompt, new AdviceEvidence { TrainingRows = 500 });
        Expect("rows", AdviceAnswer.CollectDataFirst, new AdviceEvidence { TrainingRows = 50 });
    }

    [Fact]
    public void Rows_too_few_decide_only_where_no_gain_is_shown()
    {
        AdviceSubject near = Subject("prompt", SubjectKind.Baseline, SubjectTechnique.Prompt, 75);

        Expect("rows", AdviceAnswer.CollectDataFirst, Project(s_tuned, near) with { TrainingRows = 40 });
        Expect("gain", AdviceAnswer.FineTune, Project(s_tuned, s_prompt) with { TrainingRows = 40 });
        Expect("rows", AdviceAnswer.CollectDataFirst, Project(s_tuned, near) with { HeldOutRows = 20 });
    }

    [Fact]
    public void Slices_a_slice_that_nobody_reaches_and_hardly_any_row_shows()
    {
        AdviceSubject With(AdviceSubject subject, int right) => subject with { Slices = new Dictionary<string, MetricSample> { ["edge"] = Sample(right, 20) } };
        AdviceEvidence project = Project(With(s_tuned, 5), With(s_prompt, 8)) with { Targets = [new AdviceTarget(0.9, "edge")], SliceRows = new Dictionary<string, int> { ["edge"] = 12 } };

        Expect("slices", AdviceAnswer.CollectDataFirst, project);
        Expect("gain", AdviceAnswer.FineTune, project with { SliceRows = new Dictionary<string, int> { ["edge"] = 300 } });
        Expect("gain", AdviceAnswer.FineTune, project with { Subjects = [With(s_tuned, 19), With(s_prompt, 8)] });
    }

    [Fact]
    public void Another_a_model_that_is_simply_better_where_it_may_be_used()
    {
        AdviceEvidence project = Project(s_tuned, s_prompt, Subject("large", SubjectKind.Baseline, SubjectTechnique.Prompt, 95) with { Asked = "large", Milliseconds = 900 });

        Expect("another", AdviceAnswer.UseAnotherModel, project);
        Expect("gain", AdviceAnswer.FineTune, project, new AdviceFacts { OwnWeights = true });
        Expect("gain", AdviceAnswer.FineTune, project, new AdviceFacts { LatencyLimit = 300 });
    }

    [Fact]
    public void Forgetting_a_tuned_model_that_unlearned_is_out_of_the_question()
    {
        AdviceEvidence project = Project(s_tuned, s_prompt);

        Expect("gain", AdviceAnswer.Prompt, project with { Forgetting = new Forgetting(0.2, new Interval(0.1, 0.3), 90) });
        Expect("gain", AdviceAnswer.FineTune, project with { Forgetting = new Forgetting(0.2, new Interval(-0.1, 0.5), 9) });
    }

    [Fact]
    public void Changes_rows_that_are_replaced_every_month_are_not_learned()
    {
        AdviceEvidence project = Project(s_tuned, s_prompt) with { Changes = new RowChanges(0.4, 90) };

        Expect("gain", AdviceAnswer.Prompt, project);
        Expect("gain", AdviceAnswer.FineTune, project with { Changes = new RowChanges(0.4, 7) });
        Expect("gain", AdviceAnswer.FineTune, project with { Changes = new RowChanges(0.04, 90) });
    }

    [Fact]
    public void Cite_weights_name_no_source()
    {
        Expect("facts", AdviceAnswer.Retrieve, Project(s_tuned, s_prompt), new AdviceFacts { MustCite = true });
        Assert.True(Expect("gain", AdviceAnswer.FineTune, Project(Subject("candidate", SubjectKind.Candidate, SubjectTechnique.Hybrid, 95), s_prompt, Subject("passages", SubjectKind.Baseline, SubjectTechnique.Retrieval, 60)),
            new AdviceFacts { MustCite = true }).WithRetrieval);
    }

    [Fact]
    public void Floor_what_needs_no_model_is_as_good()
    {
        Expect("floor", AdviceAnswer.DoNot, Project(s_tuned, s_prompt, Subject("floor:nearest", SubjectKind.Floor, SubjectTechnique.None, 82)));
        Expect("gain", AdviceAnswer.FineTune, Project(s_tuned, s_prompt, Subject("floor:nearest", SubjectKind.Floor, SubjectTechnique.None, 30)));
    }

    [Fact]
    public void Gain_the_bar_is_ten_points_or_what_the_gate_asks_for()
    {
        AdviceEvidence project = Project(s_tuned, Subject("prompt", SubjectKind.Baseline, SubjectTechnique.Prompt, 74));

        Expect("gain", AdviceAnswer.Prompt, project);
        Expect("gain", AdviceAnswer.FineTune, project with { AskedGain = 0.05 });
        Expect("otherwise", AdviceAnswer.DoNot, project with { Targets = [new AdviceTarget(0.95)] });
    }

    [Fact]
    public void Curve_more_rows_would_make_the_difference()
    {
        AdviceEvidence project = Project(s_tuned, Subject("prompt", SubjectKind.Baseline, SubjectTechnique.Prompt, 74));

        Expect("curve", AdviceAnswer.CollectDataFirst, project with { Curve = new LearningCurve([new CurvePoint(125, Sample(60, 100)), new CurvePoint(250, Sample(70, 100)), new CurvePoint(500, Sample(80, 100))]) });
        Expect("gain", AdviceAnswer.Prompt, project with { Curve = new LearningCurve([new CurvePoint(125, Sample(80, 100)), new CurvePoint(250, Sample(80, 100)), new CurvePoint(500, Sample(80, 100))]) });
    }

    [Fact]
    public void Money_a_tuned_model_that_is_as_good_and_pays_for_itself()
    {
        AdviceEvidence project = Project(s_tuned, Subject("prompt", SubjectKind.Baseline, SubjectTechnique.FewShot, 78)) with { Targets = [new AdviceTarget(0.7)] };
        var money = new TrainingEconomy("USD") { PeopleSaid = true, Training = 100, RequestsPerMonth = 1_000_000, UntunedThousand = 0.9, TunedThousand = 0.1 };

        Advice advice = Adviser.Decide(project, money: money);
        Assert.Equal((AdviceAnswer.FineTune, "money"), (advice.Answer, advice.Deciding.Rule));
        Assert.Equal(AdviceAnswer.Prompt, Adviser.Decide(project, money: money with { RequestsPerMonth = 1000 }).Answer);
        Assert.Equal(AdviceAnswer.Prompt, Adviser.Decide(project).Answer);
    }

    [Fact]
    public void What_nobody_measured_is_said_with_the_way_to_measure_it()
    {
        Advice advice = Adviser.Decide(Project(s_tuned, s_prompt));

        string[] missing = [.. advice.Reasons.Where(r => r.Kind == ReasonKind.NotMeasured).Select(r => r.Rule).Order(StringComparer.Ordinal)];
        Assert.Equal(["another", "changes", "cite", "curve", "domain", "facts", "forgetting", "latency", "money", "weights"], missing);
    }

    private static AdviceEvidence Project(params AdviceSubject[] subjects) => new() { TrainingRows = 500, HeldOutRows = 100, Subjects = subjects };

    private static Advice Expect(string rule, AdviceAnswer answer, AdviceEvidence evidence, AdviceFacts? facts = null, AdviceThresholds? thresholds = null)
    {
        Advice advice = Adviser.Decide(evidence, facts, thresholds);
        Assert.Equal((rule, answer), (advice.Deciding.Rule, advice.Answer));
        return advice;
    }

    /// <summary>Right on the first rows, so that the better one is right wherever the other is.</summary>
    private static AdviceSubject Subject(string name, SubjectKind kind, SubjectTechnique technique, int right) => new(name, kind, technique, Sample(right, 100));

    private static RightWrongSample Sample(int right, int rows) => new([.. Enumerable.Range(0, rows).Select(i => i < right)]);
}
