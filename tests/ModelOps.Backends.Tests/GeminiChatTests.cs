using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Endpoints;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests;

/// <summary>Questions to models of Vertex AI, and what an answer of either API may look like.</summary>
public sealed class GeminiChatTests
{
    private const string Whole = """{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"ü "},{"text":"😀"}]},"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":5,"thoughtsTokenCount":2}}""";
    private static readonly EndpointOptions s_endpoint = new("e", new Uri("https://us-central1-aiplatform.googleapis.com/v1"), "gemini-x") { Api = ChatApi.Gemini };

    [Fact]
    public void A_question_is_asked_in_these_words_and_no_others()
    {
        var question = new Question("q", 2, [new("system", "be brief"), new("user", "a"), new("assistant", "b"), new("user", "c")]);
        var decoding = new DecodingOptions { MaxNewTokens = 7, Temperature = 0.5, TopP = 0.9, TopK = 40, Seed = 5, Stop = ["."], JsonSchema = JsonElement.Parse("""{"type":"object"}""") };

        JsonObject body = ChatApi.Gemini.Request(s_endpoint, question, decoding, streamed: false);

        Assert.Equal(
            """{"systemInstruction":{"role":"system","parts":[{"text":"be brief"}]},"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":"c"}]}],"generationConfig":{"temperature":0.5,"maxOutputTokens":7,"seed":7,"topP":0.9,"topK":40,"stopSequences":["."],"responseMimeType":"application/json","responseJsonSchema":{"type":"object"}}}""",
            body.ToJsonString());
        Assert.Equal(["temperature", "maxOutputTokens", "seed"], ChatApi.Gemini.Request(s_endpoint, question, new DecodingOptions(), streamed: false)["generationConfig"]!.AsObject().Select(m => m.Key));
    }

    [Theory]
    [InlineData("user system", 1)]
    [InlineData("user tool", 1)]
    [InlineData("user", 1.1)]
    public void What_gemini_has_no_word_for_is_refused(string roles, double penalty)
    {
        var question = new Question("q", 0, [.. roles.Split(' ').Select(r => new PromptMessage(r, "x"))]);
        Assert.Equal("MOPS3139", Assert.Throws<DiagnosticException>(() => ChatApi.Gemini.Request(s_endpoint, question, new DecodingOptions { RepetitionPenalty = penalty }, streamed: false)).Diagnostic.Code);
    }

    [Theory]
    [InlineData("gemini-x", false, "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models/gemini-x:generateContent")]
    [InlineData("projects/1/locations/l/endpoints/2", false, "https://us-central1-aiplatform.googleapis.com/v1/projects/1/locations/l/endpoints/2:generateContent")]
    [InlineData("projects/1/locations/l/endpoints/2", true, "https://us-central1-aiplatform.googleapis.com/v1/projects/1/locations/l/endpoints/2:streamGenerateContent?alt=sse")]
    public void A_tuned_model_is_asked_at_its_endpoint(string model, bool streamed, string expected)
        => Assert.Equal(expected, ChatApi.Gemini.Address(s_endpoint with { Model = model }, name => name == "GOOGLE_CLOUD_PROJECT" ? "p" : null, streamed).AbsoluteUri);

    [Theory]
    [InlineData("projects/1/../../x")]
    [InlineData("projects/1/endpoints/2?x=")]
    [InlineData("a b")]
    public void A_name_that_would_lead_elsewhere_is_none(string model)
        => Assert.Equal("MOPS3139", Assert.Throws<DiagnosticException>(() => ChatApi.Gemini.Address(s_endpoint with { Model = model }, _ => "p", streamed: true)).Diagnostic.Code);

    [Fact]
    public void A_reply_is_read()
    {
        Assert.Equal(new ChatReply("ü 😀", "length", 3, 7, true), Read(Whole));
        Assert.Equal(new ChatReply("", "stop", 4, 0, true), Read("""{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4}}"""));
        Assert.Equal(new ChatReply("", "stop", 0, 0, false), Read("""{"candidates":[{"finishReason":"RECITATION"}]}"""));
        Assert.ThrowsAny<JsonException>(() => Read("{}"));
        Assert.ThrowsAny<JsonException>(() => Read("""{"candidates":[{"content":{"parts":[{"text":"\ud800"}]}}]}"""));
        Assert.Equal(new ChatPiece("a", null, null, null), ChatApi.Gemini.Piece("""{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"""u8.ToArray()));
        Assert.ThrowsAny<JsonException>(() => ChatApi.Gemini.Piece("""{"error":{"code":503,"message":"overloaded"}}"""u8.ToArray()));
    }

    [Fact]
    public void Any_answer_is_read_or_refused()
    {
        const string Streamed = """{"choices":[{"delta":{"content":"a\ud83d\ude00"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}""";
        Assert.Equal(new ChatPiece("a😀", "stop", 1, 2), ChatApi.OpenAi.Piece(Encoding.UTF8.GetBytes(Streamed)));
        foreach ((string good, Action<byte[]> read) in new (string, Action<byte[]>)[] { (Streamed, b => ChatApi.OpenAi.Piece(b)), (Whole, b => ChatApi.Gemini.Piece(b)), (Whole, b => ChatApi.Gemini.Reply(b)) })
        {
            var random = new Random(4);
            for (int i = 0; i < Soak.Count(2000, 100_000); i++)
            {
                byte[] bad = Encoding.UTF8.GetBytes(good);
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
                Exception? failure = Record.Exception(() => read(bad));
                Assert.True(failure is null or JsonException, $"{Encoding.Latin1.GetString(bad)}: {failure}");
            }
        }
    }

    [Fact]
    public async Task An_endpoint_signs_in_once_and_again_when_its_token_is_refused()
    {
        using var provider = new FakeVertex { TokenUses = 3 };
        using var folder = new TemporaryFolder();
        string url = provider.Serve(), file = folder.Write("account.json", provider.KeyFile(url.Replace("/v1", "/token", StringComparison.Ordinal)));
        var environment = new Dictionary<string, string>(FakeVertex.Environment) { ["ACCOUNT"] = file };
        using var endpoint = new ChatEndpoint(
            new EndpointOptions("vertex: base", new Uri(url), provider.Model) { Api = ChatApi.Gemini, ApiKeyVariable = "ACCOUNT", MaxConcurrency = 1 }, environment.GetValueOrDefault, new VirtualClock().Clock);
        var answers = new List<AnswerLine>();

        await endpoint.AskAsync([.. Enumerable.Range(0, 8).Select(i => new Question($"{i}", 0, [new("user", $"what is {i}?")]))], new DecodingOptions(), answers.Add, default);

        Assert.Equal(8, answers.Count);
        Assert.All(answers, a => Assert.Equal(("I do not know.", 3), (a.Text, a.CompletionTokens)));
        Assert.InRange(provider.SignIns.Count, 3, 8);
        Assert.Equal(0, endpoint.WithoutUsage);
        Assert.Empty(provider.NotAllowed);
    }

    private static ChatReply Read(string json) => ChatApi.Gemini.Reply(Encoding.UTF8.GetBytes(json));
}
