using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.TestUtilities;

namespace ModelOps.Backends.Tests.Trainers;

public sealed class PriceListTests : IDisposable
{
    private const string Whole = """
        { "trainer": "mistral", "model": "m", "date": "2026-10-01", "source": "https://example.org", "currency": "EUR", "training": 2, "trainingMinimum": 4, "prompt": 0.2, "completion": 0.6,
          "basePrompt": 0.1, "baseCompletion": 0.3, "hostingHour": 1.5, "storageMonth": 2 }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_entry_says_what_a_training_costs_at_least_and_by_its_tokens()
    {
        TrainerPrice price = Read($"[{Whole}]").Of("Mistral", "m")!;

        Assert.Equal((4m, 20m), (price.TrainingOf(1_000_000), price.TrainingOf(10_000_000)));
        Assert.Equal((1.5m, 2m, "EUR"), (price.HostingHour, price.StorageMonth, price.Currency));
        Assert.False(price.IsStale(new DateTimeOffset(2027, 4, 2, 0, 0, 0, TimeSpan.Zero)));
        Assert.True(price.IsStale(new DateTimeOffset(2027, 4, 3, 0, 0, 0, TimeSpan.Zero)));
        Assert.Contains("2026-10-01", TrainerErrors.StalePrice(price, "prices.json").Message, StringComparison.Ordinal);
    }

    /// <summary>What the reader refuses, the published schema refuses as well, and the other way round.</summary>
    [Theory]
    [InlineData("training", "2", true)]
    [InlineData("training", "-1", false)]
    [InlineData("training", "\"2\"", false)]
    [InlineData("hostingHour", "-0.1", false)]
    [InlineData("trainingMinimum", "0", true)]
    [InlineData("currency", "\"usd\"", false)]
    [InlineData("currency", "\"CHF\"", true)]
    [InlineData("source", "\"\"", false)]
    [InlineData("date", "\"yesterday\"", false)]
    [InlineData("pirce", "1", false)]
    [InlineData("model", null, false)]
    [InlineData("prompt", null, true)]
    public void Reader_and_schema_agree(string member, string? value, bool good)
    {
        JsonObject entry = JsonNode.Parse(Whole)!.AsObject();
        entry.Remove(member);
        if (value is not null)
        {
            entry[member] = JsonNode.Parse(value);
        }

        string text = $"[{entry.ToJsonString()}]";
        string schema = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "formats", "prices.schema.json"));
        var metric = MetricRegistry.Resolve(new MetricSpec("JsonSchema") { Argument = schema });
        var items = new[] { new EvaluationItem("row", [], "[]") };

        Assert.Equal(good ? 1 : 0, metric.Score(items, new SubjectRun("candidate", SubjectKind.Candidate, [new SubjectAnswer(text)])).Value());
        if (good)
        {
            Read(text);
        }
        else
        {
            Assert.Equal("MOPS3105", Assert.Throws<DiagnosticException>(() => Read(text)).Diagnostic.Code);
        }
    }

    private PriceList Read(string text)
    {
        string path = Path.Combine(_folder.Path, "prices.json");
        File.WriteAllText(path, text);
        return PriceList.Read(path);
    }
}
