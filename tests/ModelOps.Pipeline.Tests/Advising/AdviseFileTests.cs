using ModelOps.Core.Advising;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Advising;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Tests.Advising;

public sealed class AdviseFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_property_counts_more_than_the_file_and_what_nobody_says_stays_unknown()
    {
        AdviseFile file = Read("""{ "mustCite": true, "requestsPerMonth": 500, "knowledge": "both", "thresholds": { "minimumGain": 0.2 }, "money": { "hourRate": 60, "iterations": 3 } } // ours""");

        AdviceFacts facts = file.FactsOf(TestInputs.Of("/p/p.csproj", (Names.ModelOpsMustCite, "False"), (Names.ModelOpsLatencyLimit, "250.5")));

        Assert.Equal(new AdviceFacts { MustCite = false, LatencyLimit = 250.5, RequestsPerMonth = 500, Knowledge = AnswerKnowledge.Both }, facts);
        Assert.Equal((0.2, 100, 60, 3), (file.Thresholds.MinimumGain, file.Thresholds.LittleRows, file.Money!.HourRate, file.Money.Iterations));
        Assert.Equal(new AdviceFacts(), AdviseFile.Read(_folder["none.json"]).FactsOf(TestInputs.Of("/p/p.csproj")));
    }

    [Theory]
    [InlineData("""{ "knowlege": "facts" }""")]
    [InlineData("""{ "knowledge": "wisdom" }""")]
    [InlineData("""{ "knowledge": 1 }""")]
    [InlineData("""{ "thresholds": { "minimumGain": -1 } }""")]
    [InlineData("""{ "thresholds": { "moreRows": 1 } }""")]
    [InlineData("""{ "money": { "iterations": 0 } }""")]
    [InlineData("""{ "latencyLimit": 0 }""")]
    [InlineData("""{ "mustCite": true, "mustCite": false }""")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("")]
    public void What_cannot_be_meant_is_refused(string text) => Assert.Equal("MOPS9020", Assert.Throws<DiagnosticException>(() => Read(text)).Diagnostic.Code);

    private AdviseFile Read(string text) => AdviseFile.Read(_folder.Write("advise.json", text));
}
