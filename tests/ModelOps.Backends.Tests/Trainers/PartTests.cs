using ModelOps.Backends.Trainers;
using ModelOps.Backends.Trainers.OpenAi;
using ModelOps.Backends.Trainers.Together;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>Rows, prices and adapters, each by itself.</summary>
public sealed class PartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_adapter_that_is_whole_and_learnt_passes()
    {
        Adapter(TinyAdapter.Weights(0.5f));
        AdapterCheck.Check(_folder.Path);
    }

    [Fact]
    public void Every_cut_and_every_zero_is_found()
    {
        byte[] whole = TinyAdapter.Weights(0.5f);
        for (int length = 0; length < whole.Length; length++)
        {
            Adapter(whole[..length]);
            Assert.ThrowsAny<Exception>(() => AdapterCheck.Check(_folder.Path));
        }

        Adapter([.. whole, 0]);
        Assert.Throws<InvalidDataException>(() => AdapterCheck.Check(_folder.Path));
        Adapter(TinyAdapter.Weights(0));
        Assert.Contains("nothing was learnt", Assert.Throws<InvalidDataException>(() => AdapterCheck.Check(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"trainer":"openai"}""")]
    [InlineData("""[{"trainer":"openai","model":"m","training":-1,"date":"2026-11-01","source":"s"}]""")]
    [InlineData("""[{"trainer":"openai","model":"m","training":1,"date":"2026-11-01","source":"s","promt":2}]""")]
    [InlineData("""[{"trainer":"openai","model":"m","training":1,"source":"s"}]""")]
    [InlineData("""[{"trainer":"openai","model":"m","training":"much","date":"2026-11-01","source":"s"}]""")]
    public void A_price_list_that_says_nothing_clear_is_refused(string text)
        => Assert.Equal("MOPS3105", Assert.Throws<DiagnosticException>(() => PriceList.Read(_folder.Write("p.json", text))).Diagnostic.Code);

    [Fact]
    public void The_latest_entry_counts_and_the_base_may_cost_less()
    {
        PriceList prices = PriceList.Read(_folder.Write("p.json", """
            [
              {"trainer":"openai","model":"m","training":9,"date":"2026-01-01","source":"s"},
              // looked up again
              {"trainer":"OpenAI","model":"m","training":3,"prompt":0.3,"completion":1.2,"basePrompt":0.1,"date":"2026-11-01","source":"s"},
            ]
            """));

        TrainerPrice price = prices.Of("openai", "m")!;
        Assert.Equal((3m, 0.3, 0.1, 1.2), (price.Training, price.Asking(tuned: true)!.PromptMillion, price.Asking(tuned: false)!.PromptMillion, price.Asking(tuned: false)!.CompletionMillion));
        Assert.Null(prices.Of("openai", "M"));
        Assert.Null(prices.Of("together", "m"));
    }

    [Fact]
    public void Too_few_rows_and_rows_without_a_place_are_refused_before_anything_is_sent()
    {
        string few = _folder.Write("few.jsonl", """{"id":"sha256:1","messages":[{"content":"q","role":"user"},{"content":"a","role":"assistant"}]}""" + "\n");
        string tool = _folder.Write("tool.jsonl", """{"id":"sha256:1","messages":[{"content":"q","role":"user"},{"content":"t","role":"tool"},{"content":"a","role":"assistant"}]}""" + "\n");
        string turns = _folder.Write("turns.jsonl", """{"id":"sha256:1","messages":[{"content":"q","role":"user"},{"content":"q","role":"user"},{"content":"a","role":"assistant"}]}""" + "\n");
        string pair = _folder.Write("pair.jsonl", """{"id":"sha256:1","prompt":[],"chosen":[{"content":"a","role":"assistant"},{"content":"a","role":"assistant"}],"rejected":[{"content":"b","role":"assistant"}]}""" + "\n");

        Assert.Equal("MOPS3121", Code(few, OpenAiDescription.Trainer));
        Assert.Equal("MOPS3122", Code(tool, TogetherDescription.Trainer));
        Assert.Equal("MOPS3122", Code(turns, TogetherDescription.Trainer));
        Assert.Equal("MOPS3122", Code(pair, TogetherDescription.Trainer));
        Assert.True(TrainingRows.Read(few, TogetherDescription.Trainer, "p").Tokens >= 2);

        static string Code(string rows, TrainerDescription trainer) => Assert.Throws<DiagnosticException>(() => TrainingRows.Read(rows, trainer, "p")).Diagnostic.Code;
    }

    [Fact]
    public void A_name_of_a_job_fits_the_narrowest_provider()
    {
        var order = new TrainingOrder(new string('f', 64), "1790000000", "m", []);
        Assert.Equal(40, order.Name.Length);
        Assert.Equal("modelops-ffffffffffffffffffff", (order with { Attempt = TrainingOrder.FirstAttempt }).Name);
    }

    private void Adapter(byte[] weights)
    {
        File.WriteAllBytes(_folder["adapter_config.json"], TinyAdapter.File("adapter_config.json"));
        File.WriteAllBytes(_folder["adapter_model.safetensors"], weights);
    }
}
