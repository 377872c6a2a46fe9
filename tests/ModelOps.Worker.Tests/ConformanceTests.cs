using ModelOps.Conformance;

namespace ModelOps.Worker.Tests;

/// <summary>The suite for workers of third parties, on the worker in the box, which must offer all of it; and on a worker that computes nothing, which must not get through.</summary>
public sealed class ConformanceTests(ConformanceTests.Bench bench) : IClassFixture<ConformanceTests.Bench>
{
    public static TheoryData<string> Names() => [.. ConformanceSuite.Checks.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Worker_in_the_box_does_what_the_protocol_says(string name)
    {
        CheckResult result = ConformanceSuite.Run(Find(name), bench.Worker);

        Assert.True(result.Outcome == CheckOutcome.Passed, $"{result.Outcome}: {result.Check.Sentence} {result.Detail}");
    }

    /// <summary>Each sees another lie: no events, made-up numbers, answers that the model does not give, options that are not read.</summary>
    [Theory]
    [InlineData("lora")]
    [InlineData("score")]
    [InlineData("generate")]
    [InlineData("numbers-go-wrong")]
    [InlineData("option-out-of-range")]
    [InlineData("unknown-property")]
    public void Worker_that_computes_nothing_is_caught(string name)
    {
        CheckResult result = ConformanceSuite.Run(Find(name), bench.Pretender);

        Assert.Equal(CheckOutcome.Failed, result.Outcome);
        Assert.NotEqual("", result.Detail);
    }

    [Fact]
    public void Every_check_has_a_name_of_its_own()
        => Assert.Equal(ConformanceSuite.Checks.Count, ConformanceSuite.Checks.Select(c => c.Name).Distinct().Count());

    private static Check Find(string name) => ConformanceSuite.Checks.Single(c => c.Name == name);

    public sealed class Bench : IDisposable
    {
        public Workbench Worker { get; } = new(Path.Combine(AppContext.BaseDirectory, "ModelOps.Worker.dll"));

        public Workbench Pretender { get; } = new(Path.Combine(AppContext.BaseDirectory, "ModelOps.MockWorker.dll"));

        public void Dispose()
        {
            Worker.Dispose();
            Pretender.Dispose();
        }
    }
}
