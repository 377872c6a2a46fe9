using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Gating;
using Xunit.Abstractions;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;

namespace ModelOps.Core.Tests.Gating;

/// <summary>What the gates promise, simulated through the judge itself with fixed seeds.</summary>
public sealed class GateSimulationTests(ITestOutputHelper output)
{
    private const int Runs = 2000;
    private const double MostFalsePasses = 0.06;

    [Theory]
    [InlineData(200, 0.3, 0.0)]
    [InlineData(60, 0.2, 0.0)]
    [InlineData(200, 0.3, 0.1)]
    [InlineData(60, 0.4, 0.2)]
    [InlineData(200, 0.2, -0.1)] // not worse by more than: forgetting, and regressions against a release
    [InlineData(60, 0.15, -0.1)]
    public void At_the_margin_a_paired_gain_passes_falsely_at_most_six_percent(int rows, double discordant, double margin)
        => Assert.InRange(PassesOfGain(rows, discordant, margin, trueGain: margin), 0, MostFalsePasses);

    [Theory]
    [InlineData(300, 0.30, 0.0)]
    [InlineData(100, 0.15, 0.0)]
    [InlineData(300, 0.30, 0.10)]
    [InlineData(1000, 0.10, 0.02)]
    [InlineData(300, 0.15, -0.10)]
    public void At_the_detectable_gain_the_power_is_at_least_eighty_percent(int rows, double discordant, double margin)
    {
        double gain = Power.DetectableGain(rows, discordant, margin)!.Value;
        Assert.InRange(PassesOfGain(rows, discordant, margin, gain), Power.Target, 0.93);
    }

    [Fact]
    public void At_the_bound_a_share_passes_falsely_at_most_six_percent()
    {
        var random = new Random(11);
        IReadOnlyList<EvaluationItem> items = SameItems(120);
        var gate = new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.8 };
        int passes = Enumerable.Range(0, Runs).Count(_ => Passes(
            items, gate, RightWhere("candidate", SubjectKind.Candidate, items.Select(_ => random.NextDouble() < 0.8))));
        Assert.InRange(Rate(passes, Runs), 0, MostFalsePasses);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    public void At_the_margin_a_gain_in_loss_passes_falsely_at_most_six_percent(double margin)
    {
        var random = new Random(12);
        IReadOnlyList<EvaluationItem> items = SameItems(80);
        var gate = new GateDefinition { Metric = new MetricSpec("MeanLoss"), MinimumGain = margin };
        int passes = 0;
        for (int run = 0; run < Runs; run++)
        {
            double[] baseline = [.. items.Select(_ => -Math.Log(1 - random.NextDouble()) + 1)];
            double[] candidate = [.. baseline.Select(b => b - margin + (-Math.Log(1 - random.NextDouble())) - 1)];
            passes += Passes(
                items, gate, Scored("candidate", SubjectKind.Candidate, candidate), Scored("p", SubjectKind.Baseline, baseline)) ? 1 : 0;
        }

        Assert.InRange(Rate(passes, Runs), 0, MostFalsePasses);
    }

    [Fact]
    public void The_rows_that_an_inconclusive_gate_asks_for_do_decide_it()
    {
        var random = new Random(13);
        Interval interval = Wilson.Of(84, 100);
        int rows = (int)Power.RowsToDecide(100, 0.84, 0.8, interval, 0.95)!.Value;
        Assert.InRange(rows, 500, 1000);
        IReadOnlyList<EvaluationItem> items = SameItems(rows);
        var gate = new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.8 };
        int passes = Enumerable.Range(0, 500).Count(_ => Passes(
            items, gate, RightWhere("candidate", SubjectKind.Candidate, items.Select(_ => random.NextDouble() < 0.84))));
        Assert.InRange(Rate(passes, 500), 0.75, 0.92);
    }

    [Fact]
    public void A_gain_too_large_for_the_rows_is_not_promised()
    {
        Assert.Null(Power.DetectableGain(3, 0.3, 0));
        Assert.True(Power.DetectableGain(1000, 0.3, 0) < Power.DetectableGain(100, 0.3, 0));
    }

    private double PassesOfGain(int rows, double discordant, double margin, double trueGain)
    {
        var random = new Random(10);
        double onlyCandidate = (Math.Max(discordant, trueGain) + trueGain) / 2;
        double onlyBaseline = onlyCandidate - trueGain;
        IReadOnlyList<EvaluationItem> items = SameItems(rows);
        var gate = new GateDefinition { Metric = MetricSpec.Primary, MinimumGain = margin };
        int passes = 0;
        var candidate = new bool[rows];
        var baseline = new bool[rows];
        for (int run = 0; run < Runs; run++)
        {
            for (int i = 0; i < rows; i++)
            {
                double u = random.NextDouble();
                bool both = random.NextDouble() < 0.5;
                candidate[i] = u < onlyCandidate || (u >= onlyCandidate + onlyBaseline && both);
                baseline[i] = (u >= onlyCandidate && u < onlyCandidate + onlyBaseline) || (u >= onlyCandidate + onlyBaseline && both);
            }

            passes += Passes(
                items, gate, RightWhere("candidate", SubjectKind.Candidate, candidate), RightWhere("p", SubjectKind.Baseline, baseline)) ? 1 : 0;
        }

        return Rate(passes, Runs);
    }

    private double Rate(int passes, int runs)
    {
        output.WriteLine($"passed {passes} of {runs}");
        return passes / (double)runs;
    }

    private static bool Passes(IReadOnlyList<EvaluationItem> items, GateDefinition gate, params SubjectRun[] subjects)
        => GateJudge.Decide(Report(items, [], subjects), [gate], new BootstrapOptions { Resamples = 500 }).Outcome == GateOutcome.Passed;
}
