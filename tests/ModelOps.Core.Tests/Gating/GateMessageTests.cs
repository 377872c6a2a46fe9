using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Gating;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;
using static ModelOps.Core.Tests.Gating.GateJudgeTests;

namespace ModelOps.Core.Tests.Gating;

/// <summary>What a verdict says, whom it is passed on, and what is refused instead of judged.</summary>
public sealed class GateMessageTests
{
    private static readonly SourceLocation s_at = new("triage.csproj", 12, 5);

    [Fact]
    public void A_failed_gate_says_metric_bound_value_interval_baseline_and_place()
    {
        Verdict verdict = Decide(Report300(150, 60), new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.8, MinimumGain = 0.5, Location = s_at });
        Assert.Equal((GateOutcome.Failed, false), (verdict.Outcome, verdict.MayShip));
        Assert.Equal(
            "triage.csproj(12,5): error MOPS5001: Gate failed. ExactMatch must be at least 0.80: candidate 0.500 [0.444, 0.556] (95 %, n = 300), best baseline 'p' 0.200.",
            verdict.Diagnostics[0].ToString());
        Assert.Equal(
            "triage.csproj(12,5): error MOPS5001: Gate failed. ExactMatch must gain at least 0.50 over the best baseline 'p' (0.200): candidate 0.500, gain 0.300 [0.251, 0.354] (95 %, n = 300).",
            verdict.Diagnostics[1].ToString());
    }

    [Fact]
    public void An_inconclusive_gate_fails_the_build_unless_it_is_a_warning()
    {
        var gate = new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.48, Location = s_at };
        Verdict strict = Decide(Report300(150, 60), gate);
        Assert.Equal((GateOutcome.Inconclusive, false), (strict.Outcome, strict.MayShip));
        Diagnostic error = Assert.Single(strict.Diagnostics);
        Assert.Equal(("MOPS5002", DiagnosticSeverity.Error), (error.Code, error.Severity));
        Assert.Matches(@"About [\d,]+ further held-out rows would decide it", error.Message);
        Verdict lenient = Decide(Report300(150, 60), gate with { InconclusiveAs = InconclusiveAs.Warning });
        Assert.Equal((GateOutcome.Inconclusive, true), (lenient.Outcome, lenient.MayShip));
        Assert.Equal(DiagnosticSeverity.Warning, Assert.Single(lenient.Diagnostics).Severity);
        Verdict both = Decide(Report300(150, 60), gate with { InconclusiveAs = InconclusiveAs.Warning }, gate with { Minimum = 0.9 });
        Assert.Equal((GateOutcome.Failed, false), (both.Outcome, both.MayShip));
    }

    [Fact]
    public void An_estimate_on_the_bound_promises_no_number_of_rows()
    {
        Diagnostic found = Assert.Single(Decide(Report300(150, 60), new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.5 }).Diagnostics);
        Assert.Contains("no number of further rows", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_prompts_reach_the_log_clean()
    {
        EvaluationReport report = Report(
            SameItems(30), RightWhere("candidate", SubjectKind.Candidate, Share(30, 5)), RightWhere("##vso[task]\u001b[31m", SubjectKind.Baseline, Share(30, 25)));
        string text = Assert.Single(GateJudge.Decide(report, [GateDefinition.Default]).Diagnostics).Message;
        Assert.DoesNotContain("##vso[", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gate_key_depends_on_what_decides_and_on_nothing_else()
    {
        EvaluationReport report = Report300(150, 60);
        var a = new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.5 };
        var b = new GateDefinition { Metric = new MetricSpec("MacroF1"), Maximum = 0.9 };
        Assert.Equal(GateJudge.KeyOf(report.Key, [a, b]), GateJudge.KeyOf(report.Key, [a with { Location = s_at }, b]));

        // A verdict lists the gates in their order.
        Assert.NotEqual(GateJudge.KeyOf(report.Key, [a, b]), GateJudge.KeyOf(report.Key, [b, a]));
        Assert.NotEqual(GateJudge.KeyOf(report.Key, [a]), GateJudge.KeyOf(report.Key, [a with { Minimum = 0.51 }]));
        Assert.NotEqual(GateJudge.KeyOf(report.Key, [a]), GateJudge.KeyOf(report.Key, [a with { InconclusiveAs = InconclusiveAs.Warning }]));
        Assert.NotEqual(GateJudge.KeyOf(report.Key, [a]), GateJudge.KeyOf(report.Key, []));
        Assert.Equal(GateJudge.KeyOf(report.Key, [a]), Decide(report, a).GateKey);
        Assert.Equal(GateJudge.KeyOf(report.Key, []), GateJudge.Off(report.Key).GateKey);
    }

    [Fact]
    public void A_gain_gate_on_a_report_without_baselines_is_an_error()
    {
        EvaluationReport report = Report(SameItems(3), Candidate("yes", "no", "yes"));
        Assert.Equal("MOPS5006", Assert.Throws<DiagnosticException>(() => GateJudge.Decide(report, [GateDefinition.Default])).Diagnostic.Code);
        Assert.Throws<ArgumentException>(() => GateJudge.Decide(report, []));
    }

    [Fact]
    public void A_metric_that_a_baseline_was_not_scored_for_is_a_tool_error_and_no_verdict()
    {
        EvaluationReport report = Report(SameItems(2), Scored("candidate", SubjectKind.Candidate, [1, 2]), Run("p", SubjectKind.Baseline, "yes", "no"));
        var gate = new GateDefinition { Metric = new MetricSpec("MeanLoss"), MinimumGain = 0.1 };
        Assert.Equal("MOPS4007", Assert.Throws<DiagnosticException>(() => GateJudge.Decide(report, [gate])).Diagnostic.Code);
    }
}
