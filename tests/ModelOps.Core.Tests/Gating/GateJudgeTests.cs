using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Gating;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;

namespace ModelOps.Core.Tests.Gating;

public sealed class GateJudgeTests
{
    private static readonly SourceLocation s_at = new("triage.csproj", 12, 5);

    [Theory]
    [InlineData(240, 0.74, GateOutcome.Passed)] // lower limit 0.751
    [InlineData(240, 0.76, GateOutcome.Inconclusive)]
    [InlineData(240, 0.80, GateOutcome.Inconclusive)]
    [InlineData(240, 0.84, GateOutcome.Inconclusive)] // upper limit 0.841
    [InlineData(240, 0.85, GateOutcome.Failed)]
    [InlineData(300, 0.98, GateOutcome.Passed)]
    [InlineData(0, 0.02, GateOutcome.Failed)]
    public void Minimum_is_decided_by_wilsons_limits(int right, double minimum, GateOutcome expected)
    {
        GateResult gate = Judge(right, new GateDefinition { Metric = MetricSpec.Primary, Minimum = minimum });
        Assert.Equal((expected, "wilson", Wilson.Of(right, 300)), (gate.Outcome, gate.Method, gate.Interval));
    }

    [Theory]
    [InlineData(60, 0.26, GateOutcome.Passed)]
    [InlineData(60, 0.2, GateOutcome.Inconclusive)]
    [InlineData(60, 0.15, GateOutcome.Failed)]
    public void Maximum_mirrors_minimum(int right, double maximum, GateOutcome expected)
        => Assert.Equal(expected, Judge(right, new GateDefinition { Metric = MetricSpec.Primary, Maximum = maximum }).Outcome);

    [Theory]
    [InlineData(40, 20, 0.03, GateOutcome.Passed)] // Tango: 0.0309 to 0.2181 on 160 rows
    [InlineData(40, 20, 0.04, GateOutcome.Inconclusive)]
    [InlineData(40, 20, 0.21, GateOutcome.Inconclusive)]
    [InlineData(40, 20, 0.22, GateOutcome.Failed)]
    [InlineData(20, 40, -0.22, GateOutcome.Passed)] // not worse by more than 0.22
    public void A_gain_with_a_margin_is_decided_by_tangos_limits(int onlyCandidate, int onlyBaseline, double margin, GateOutcome expected)
    {
        GateResult gate = JudgePaired(onlyCandidate, onlyBaseline, 160, margin);
        Assert.Equal((expected, "tango", "best"), (gate.Outcome, gate.Method, gate.Baseline));
        Assert.Null(gate.PValue);
    }

    [Theory]
    [InlineData(40, 20, GateOutcome.Passed)] // exact p 0.0135
    [InlineData(20, 40, GateOutcome.Failed)]
    [InlineData(16, 6, GateOutcome.Inconclusive)] // exact p 0.0525, though Tango's interval excludes zero
    [InlineData(0, 0, GateOutcome.Inconclusive)] // equal on every row: has not beaten it
    [InlineData(5, 5, GateOutcome.Inconclusive)]
    public void A_gain_without_a_margin_is_decided_by_the_exact_test(int onlyCandidate, int onlyBaseline, GateOutcome expected)
    {
        GateResult gate = JudgePaired(onlyCandidate, onlyBaseline, 161, 0);
        Assert.Equal((expected, "mcnemar"), (gate.Outcome, gate.Method));
        Assert.Equal(McNemar.PValue(new PairedCounts(onlyCandidate, onlyBaseline, 161)), gate.PValue);
    }

    [Fact]
    public void The_bar_is_the_best_baseline_on_the_same_rows_and_no_floor()
    {
        EvaluationReport report = Report(
            SameItems(40),
            RightWhere("candidate", SubjectKind.Candidate, Share(40, 30)),
            RightWhere("weak", SubjectKind.Baseline, Share(40, 5)),
            RightWhere("strong", SubjectKind.Baseline, Share(40, 10)),
            RightWhere("also-strong", SubjectKind.Baseline, Share(40, 10)),
            RightWhere("floor:nearest", SubjectKind.Floor, Share(40, 29)));
        Verdict verdict = GateJudge.Decide(report, [GateDefinition.Default]);
        GateResult gate = Assert.Single(verdict.Gates);
        Assert.Equal(("strong", 0.25, 0.5, GateOutcome.Passed), (gate.Baseline, gate.BaselineValue, gate.Value, verdict.Outcome));
        FloorComparison floor = Assert.Single(verdict.Floors);
        Assert.False(floor.Beaten);
        Diagnostic warning = Assert.Single(verdict.Diagnostics);
        Assert.Equal(("MOPS5009", DiagnosticSeverity.Warning), (warning.Code, warning.Severity));
        Assert.True(verdict.MayShip);
    }

    [Fact]
    public void Loss_gains_downwards_and_is_decided_by_the_bootstrap()
    {
        double[] noise = [.. Enumerable.Range(0, 60).Select(i => (i * 37 % 60 / 60.0) - 0.5)];
        EvaluationReport report = Report(
            SameItems(60),
            Scored("candidate", SubjectKind.Candidate, noise.Select(n => 2 + n)),
            Scored("good", SubjectKind.Baseline, noise.Select((n, i) => 2.5 + n + (0.1 * noise[(i + 7) % 60]))),
            Scored("bad", SubjectKind.Baseline, noise.Select(n => 3 + n)));
        var spec = new MetricSpec("MeanLoss");
        GateResult gain = GateJudge.Decide(report, [new GateDefinition { Metric = spec, MinimumGain = 0.45 }]).Gates.Single();
        Assert.Equal(("good", "bca", GateOutcome.Passed), (gain.Baseline, gain.Method, gain.Outcome));
        Assert.Equal(0.5 - (0.1 / 120), gain.Value, 1e-9);
        Assert.Equal(GateOutcome.Failed, GateJudge.Decide(report, [new GateDefinition { Metric = spec, MinimumGain = 0.55 }]).Outcome);
        Assert.Equal(GateOutcome.Passed, GateJudge.Decide(report, [new GateDefinition { Metric = spec, Maximum = 2.2 }]).Outcome);
        Assert.Equal(GateOutcome.Failed, GateJudge.Decide(report, [new GateDefinition { Metric = spec, Maximum = 1.8 }]).Outcome);
    }

    [Fact]
    public void Equal_losses_on_every_row_decide_nothing()
    {
        double[] losses = [.. Enumerable.Range(0, 50).Select(i => 1.0 + i)];
        EvaluationReport report = Report(SameItems(50), Scored("candidate", SubjectKind.Candidate, losses), Scored("p", SubjectKind.Baseline, losses));
        GateResult gate = GateJudge.Decide(report, [new GateDefinition { Metric = new MetricSpec("MeanLoss"), MinimumGain = 0 }]).Gates.Single();
        Assert.Equal((GateOutcome.Inconclusive, 0.0, null), (gate.Outcome, gate.Value, gate.FurtherRows));
    }

    [Fact]
    public void The_worst_slice_decides()
    {
        // 45 of 60 on "big", 2 of 20 on "small": all rows together hide the small slice.
        IReadOnlyList<EvaluationItem> items = [.. Enumerable.Range(0, 80).Select(i => Item($"r{i}", "yes") with { Slice = i < 60 ? "big" : "small" })];
        EvaluationReport report = Report(items, RightWhere("candidate", SubjectKind.Candidate, items.Select((_, i) => i < 45 || i >= 78)));
        var gate = new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.4, Location = s_at };
        Assert.Equal(GateOutcome.Passed, GateJudge.Decide(report, [gate]).Outcome);
        Assert.Equal(GateOutcome.Passed, GateJudge.Decide(report, [gate with { Slice = "big" }]).Outcome);
        GateResult worst = GateJudge.Decide(report, [gate with { Slice = GateDefinition.EverySlice }]).Gates.Single();
        Assert.Equal(("small", 2, GateOutcome.Failed, 20, Wilson.Of(2, 20)), (worst.Slice, worst.WorstOf, worst.Outcome, worst.Rows, worst.Interval));
        Assert.Contains("on slice 'small', the worst of 2,", GateErrors.Failed(worst).Message, StringComparison.Ordinal);
        Diagnostic unknown = Assert.Throws<DiagnosticException>(() => GateJudge.Decide(report, [gate with { Slice = "smal" }])).Diagnostic;
        Assert.Equal(("MOPS5162", s_at), (unknown.Code, unknown.Location!.Value));
        Assert.Contains("Did you mean 'small'?", unknown.Message, StringComparison.Ordinal);
        Assert.Equal("MOPS5162", Assert.Throws<DiagnosticException>(() => GateJudge.Decide(Report(SameItems(2), Candidate("yes", "no")), [gate with { Slice = "*" }])).Diagnostic.Code);
    }

    [Fact]
    public void A_gain_on_a_slice_is_paired_on_its_rows()
    {
        IReadOnlyList<EvaluationItem> items = [.. Enumerable.Range(0, 80).Select(i => Item($"r{i}", "yes") with { Slice = i < 40 ? "new" : "old" })];
        EvaluationReport report = Report(
            items,
            RightWhere("candidate", SubjectKind.Candidate, items.Select((_, i) => i < 30 || i % 2 == 0)),
            RightWhere("p", SubjectKind.Baseline, items.Select((_, i) => i < 10 || i % 2 == 0)));
        GateResult gate = GateJudge.Decide(report, [GateDefinition.Default with { Slice = "*" }]).Gates.Single();
        Assert.Equal(("old", 0.0, 1.0, GateOutcome.Inconclusive), (gate.Slice, gate.Value, gate.PValue, gate.Outcome));
        gate = GateJudge.Decide(report, [GateDefinition.Default with { Slice = "new" }]).Gates.Single();
        Assert.Equal((0.25, "mcnemar", GateOutcome.Passed), (gate.Value, gate.Method, gate.Outcome));
        Assert.Equal(McNemar.PValue(new PairedCounts(10, 0, 40)), gate.PValue);
    }

    [Theory]
    [InlineData(2, 2, 0.1, GateOutcome.Passed)]
    [InlineData(20, 2, 0.05, GateOutcome.Failed)]
    [InlineData(8, 2, 0.1, GateOutcome.Inconclusive)]
    [InlineData(0, 0, 0.0, GateOutcome.Inconclusive)] // equal on every row of 100: "not worse at all" is not shown
    public void Forgetting_is_a_paired_non_inferiority_test_against_the_base_model(int lost, int gained, double margin, GateOutcome expected)
    {
        (bool[] candidate, bool[] untuned) = Paired(gained, lost, 40, 60 - gained - lost);
        EvaluationReport report = Evaluator.Evaluate(new EvaluationInput
        {
            Fields = new Core.Fingerprinting.KeyFields(),
            Items = SameItems(5),
            Subjects = [Candidate("yes", "yes", "yes", "yes", "yes")],
            Metrics = [],
            Regression = new RegressionInput(SameItems(100), RightWhere("candidate", SubjectKind.Candidate, candidate), RightWhere("base", SubjectKind.Baseline, untuned), [MetricSpec.Primary]),
        });
        Verdict verdict = GateJudge.Decide(report, [new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.01 }, new GateDefinition { Metric = MetricSpec.Primary, MaximumForgetting = margin }]);
        GateResult gate = verdict.Gates[1];
        Assert.Equal((expected, "tango", "base", 100, (gained - lost) / 100.0), (gate.Outcome, gate.Method, gate.Baseline, gate.Rows, gate.Value));
        Assert.Equal(Tango.Of(new PairedCounts(gained, lost, 100)), gate.Interval);

        // Without a gate of its own regression data only warns, unless a loss is shown.
        Verdict byDefault = GateJudge.Decide(report, [new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.01 }]);
        Assert.Equal((0.05, lost < 20), (byDefault.Gates[1].Bound, byDefault.MayShip));
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, EvaluationJson.Write(report));
        Assert.Equal(EvaluationJson.Write(report), EvaluationJson.Write(EvaluationJson.Read(file)));
        File.Delete(file);
    }

    [Fact]
    public void A_regression_is_held_against_the_release()
    {
        (bool[] candidate, bool[] released) = Paired(1, 10, 80, 9);
        EvaluationReport report = Report(SameItems(100), RightWhere("candidate", SubjectKind.Candidate, candidate), RightWhere("triage@1.2.0", SubjectKind.Released, released));
        GateResult gate = GateJudge.Decide(report, [new GateDefinition { Metric = MetricSpec.Primary, MaximumRegression = 0.01 }]).Gates.Single();
        Assert.Equal((GateOutcome.Failed, "triage@1.2.0", -0.09), (gate.Outcome, gate.Baseline, Math.Round(gate.Value, 12)));
        Assert.Contains("worse by at most 0.01 than the release 'triage@1.2.0' (0.900): candidate 0.810, difference -0.090", GateErrors.Failed(gate).Message, StringComparison.Ordinal);
        Assert.Equal(GateOutcome.Passed, GateJudge.Decide(report, [new GateDefinition { Metric = MetricSpec.Primary, MaximumRegression = 0.2 }]).Outcome);
        Assert.Equal("MOPS5161", Assert.Throws<DiagnosticException>(() => GateJudge.Decide(
            Report(SameItems(1), Candidate("yes")), [new GateDefinition { Metric = MetricSpec.Primary, MaximumRegression = 0.2 }])).Diagnostic.Code);
    }

    [Fact]
    public void A_latency_is_held_against_its_bound_and_stays_out_of_the_verdicts_file()
    {
        EvaluationReport report = Report(SameItems(10), RightWhere("candidate", SubjectKind.Candidate, Share(10, 10)));
        MeasuredLatency latency = MeasuredLatency.Of([.. Enumerable.Range(1, 200).Select(i => (double)i)]);
        GateDefinition right = new() { Metric = MetricSpec.Primary, Minimum = 0.1 }, gate = new() { Metric = new MetricSpec("LatencyP95"), Maximum = 199 };
        Verdict verdict = GateJudge.Decide(report, [right, gate], latency: latency);
        Assert.Equal((GateOutcome.Passed, 190.0, 200), (verdict.Gates[1].Outcome, verdict.Gates[1].Value, verdict.Gates[1].Rows));
        Assert.Equal(GateOutcome.Inconclusive, GateJudge.Decide(report, [right, gate with { Maximum = 190 }], latency: latency).Outcome);
        Assert.Equal(GateOutcome.Failed, GateJudge.Decide(report, [right, gate with { Maximum = 150 }], latency: latency).Outcome);
        Assert.Equal(verdict.GateKey, GateJudge.Decide(report, [right, gate], latency: MeasuredLatency.Of([1.0])).GateKey);
        Assert.Equal("MOPS5164", Assert.Throws<DiagnosticException>(() => GateJudge.Decide(report, [right, gate])).Diagnostic.Code);

        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, VerdictJson.Write(verdict));
        Assert.DoesNotContain("190", File.ReadAllText(file), StringComparison.Ordinal);
        Verdict read = VerdictJson.Read(file);
        Assert.Equal((double.NaN, true, GateOutcome.Passed), (read.Gates[1].Value, read.Gates[1].IsMeasured, read.Gates[1].Outcome));
        Assert.Contains("must be at most 199.00 ms: measured (", GateErrors.Failed(read.Gates[1]).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(4, false)] // perfect, but on too few answers to know
    [InlineData(0, false)]
    public void A_judge_gates_only_after_it_has_shown_to_agree_with_people(int agreed, bool trusted)
    {
        SubjectRun candidate = Candidate("a", "b", "c", "d") with { GivenScores = new Dictionary<string, IReadOnlyList<double>> { ["Judge(tone)"] = [0.9, 1, 0.8, 0.9] } };
        var metric = new MetricSpec("Judge", "tone");
        EvaluationReport report = Evaluator.Evaluate(new EvaluationInput
        {
            Fields = new Core.Fingerprinting.KeyFields(),
            Items = SameItems(4),
            Subjects = [candidate],
            Metrics = [metric],
            Judges = agreed == 0 ? [] : [new JudgeAgreement("tone", JudgeAgreement.LabelsOf(JudgeKind.Rubric), [[agreed, 0], [0, agreed]], 0.4)],
        });
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, EvaluationJson.Write(report));
        EvaluationReport read = EvaluationJson.Read(file);
        Assert.Equal(EvaluationJson.Write(report), EvaluationJson.Write(read));
        File.Delete(file);
        var gate = new GateDefinition { Metric = metric, Minimum = 0.5, Location = s_at };
        if (trusted)
        {
            Assert.Equal((GateOutcome.Passed, 0.9), (GateJudge.Decide(read, [gate]).Outcome, Math.Round(GateJudge.Decide(read, [gate]).Gates[0].Value, 12)));
        }
        else
        {
            Assert.Equal("MOPS5167", Assert.Throws<DiagnosticException>(() => GateJudge.Decide(read, [gate])).Diagnostic.Code);
        }
    }

    [Fact]
    public void F1_gains_are_decided_by_the_paired_bootstrap()
    {
        string[] references = [.. Enumerable.Range(0, 90).Select(i => i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "c")];
        EvaluationReport report = Report(
            Items(references),
            Candidate([.. references.Select((r, i) => i % 10 == 0 ? "a" : r)]),
            Run("p", SubjectKind.Baseline, [.. references.Select((r, i) => i % 2 == 0 ? "a" : r)]));
        GateResult gate = GateJudge.Decide(report, [new GateDefinition { Metric = new MetricSpec("MacroF1"), MinimumGain = 0.1 }]).Gates.Single();
        Assert.Equal((GateOutcome.Passed, "bca"), (gate.Outcome, gate.Method));
        Assert.True(gate.Interval.Contains(gate.Value) && gate.Interval.Lower > 0.1);
    }

    internal static IEnumerable<bool> Share(int rows, int right) => Enumerable.Range(0, rows).Select(i => i < right);

    internal static EvaluationReport Report300(int candidate, int baseline) => Report(
        SameItems(300), RightWhere("candidate", SubjectKind.Candidate, Share(300, candidate)), RightWhere("p", SubjectKind.Baseline, Share(300, baseline)));

    internal static Verdict Decide(EvaluationReport report, params GateDefinition[] gates) => GateJudge.Decide(report, gates);

    internal static GateResult Judge(int right, GateDefinition gate)
        => GateJudge.Decide(Report(SameItems(300), RightWhere("candidate", SubjectKind.Candidate, Share(300, right))), [gate]).Gates.Single();

    internal static GateResult JudgePaired(int onlyCandidate, int onlyBaseline, int rows, double margin)
    {
        (bool[] candidate, bool[] baseline) = Paired(onlyCandidate, onlyBaseline, 50, rows - 50 - onlyCandidate - onlyBaseline);
        EvaluationReport report = Report(
            SameItems(rows), RightWhere("candidate", SubjectKind.Candidate, candidate), RightWhere("best", SubjectKind.Baseline, baseline));
        return GateJudge.Decide(report, [new GateDefinition { Metric = MetricSpec.Primary, MinimumGain = margin }]).Gates.Single();
    }
}
