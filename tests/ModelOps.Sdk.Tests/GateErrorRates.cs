using System.Globalization;
using ModelOps.Core.Evaluation.Statistics;
using Xunit.Abstractions;

namespace ModelOps.Sdk.Tests;

/// <summary>
/// What the gates promise, through the whole build: models that are right with a known probability, a fresh training and fresh held-out rows each time.
/// </summary>
public sealed class GateErrorRates(ITestOutputHelper output)
{
    private const int Rows = 200;
    private const double Base = 0.5;

    [Fact]
    public void Tunes_that_changed_nothing_rarely_pass_and_tunes_with_the_detectable_gain_mostly_do()
    {
        int tunes = Soak.Count(quick: 3, full: 40);

        // Two independent subjects, right with p and q, differ on p (1 − q) + q (1 − p) of the rows.
        double gain = Enumerable.Range(0, 50).Aggregate(0.1, (g, _) => Power.DetectableGain(Rows, (Base * (1 - Base - g)) + ((Base + g) * (1 - Base)), 0)!.Value);

        int falsePasses = Passes(tunes, Base), passes = Passes(tunes, Base + gain);

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tunes} tunes each on {Rows} fresh rows: {falsePasses} pass without a gain, {passes} with the detectable gain of {gain:0.000}"));
        Assert.InRange(falsePasses, 0, tunes / 10);
        Assert.InRange(passes, tunes * 7 / 10, tunes);
    }

    private static int Passes(int tunes, double tuned)
    {
        TestRepository repository = new TestRepository().WithTriage().Item("<EvalGate Include=\"ExactMatch\" MinimumGain=\"0\" />")
            .Environment("MODELOPS_MOCK_SKILL", string.Create(CultureInfo.InvariantCulture, $"{Base},{tuned}")).Save();
        int passes = 0;
        for (int tune = 0; tune < tunes; tune++)
        {
            int offset = tune * Rows;
            repository.Write("Triage/data/eval/a.jsonl", string.Join('\n', Enumerable.Range(offset, Rows).Select(i => TriageData.Row($"case number {i} on label{i % 4} now", $"label{i % 4}"))) + "\n");
            BuildResult build = repository.Build(tune == 0 ? "-nologo" : "--no-restore", $"-p:Seed={tune + 1}");
            Assert.Equal(["train", "generate", "score", "generate"], build.Ran);
            Assert.True(build.Succeeded || build.Output.Contains("error MOPS500", StringComparison.Ordinal), build.Output);
            passes += build.Succeeded ? 1 : 0;
        }

        repository.Done();
        return passes;
    }
}
