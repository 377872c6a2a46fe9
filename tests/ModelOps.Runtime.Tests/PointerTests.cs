using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Runtime.Pointers;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Runtime.Tests;

/// <summary>A package without weights: the same client asks the provider.</summary>
public sealed class PointerTests : IDisposable
{
    private const string Key = "sk-of-this-app-alone";
    private readonly TemporaryFolder _folder = new();
    private readonly EndpointServer _server = new() { Say = question => $"<{question}>" };

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_is_asked_as_it_was_evaluated()
    {
        using ModelChatClient client = Open();

        ChatResponse answer = await client.GetResponseAsync("till");
        JsonNode request = _server.Requests.Single();

        Assert.Equal(("<till>", ChatFinishReason.Stop, "Contoso.Pointed@1.0.0"), (answer.Text, answer.FinishReason, answer.ModelId));
        Assert.Equal((4, 2, 6), (answer.Usage!.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount));
        Assert.Equal(("ft:contoso", 33, 0.5, 7), ((string?)request["model"], (int)request["max_completion_tokens"]!, (double)request["temperature"]!, (int)request["seed"]!));
        Assert.Equal(["Sort it.", "till"], request["messages"]!.AsArray().Select(m => (string?)m!["content"]));
        Assert.Equal($"Bearer {Key}", _server.Keys.Single());
        Assert.Equal("openai", client.GetService<ChatClientMetadata>()!.ProviderName);
        Assert.Null(client.GetService<PackagedModel>());
        Assert.Throws<InvalidOperationException>(() => client.Model);
    }

    [Fact]
    public async Task A_model_of_bedrock_is_asked_in_its_own_words_and_signed()
    {
        // Of this process alone; the secret and the tokens stay out of it.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", FakeBedrock.KeyId);
        Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", null);
        Environment.SetEnvironmentVariable("AWS_REGION", FakeBedrock.Region);
        using var fake = new FakeBedrock { SessionToken = null };
        var options = new ModelRuntimeOptions { Endpoint = new Uri(fake.Serve()), ApiKey = FakeProvider.Key, ProviderModel = "amazon.nova-micro-v1:0" };
        string folder = Write(manifest => manifest with { Pointer = new ModelPointer("bedrock", "arn:aws:bedrock:us-east-1:123456789012:custom-model/m/0123456789ab", "https://bedrock.us-east-1.amazonaws.com") { MaxTokensMember = "maxTokens" } });
        using ModelChatClient client = ModelChatClient.Open(folder, options);

        ChatResponse answer = await client.GetResponseAsync("till");
        string streamed = string.Concat((await client.GetStreamingResponseAsync("till").ToListAsync()).Select(u => u.Text));

        Assert.Equal(("I do not know.", "I do not know.", 2L), (answer.Text, streamed, answer.Usage!.OutputTokenCount));
        Assert.Empty(fake.NotAllowed);
        Assert.All(fake.Requests, r => Assert.DoesNotContain(r.Headers.Values, value => value.Contains(FakeProvider.Key, StringComparison.Ordinal)));
        Assert.Equal("MOPS7160", Assert.Throws<DiagnosticException>(() => ModelChatClient.Open(folder, new ModelRuntimeOptions { Endpoint = options.Endpoint })).Diagnostic.Code);
    }

    [Fact]
    public async Task What_the_caller_says_comes_first_and_what_no_provider_can_do_is_refused()
    {
        using ModelChatClient client = Open();
        using JsonDocument schema = JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""");

        await client.GetResponseAsync([new(ChatRole.System, "Mine."), new(ChatRole.User, "x")], new ChatOptions { MaxOutputTokens = 3, Temperature = 0, Seed = 1, StopSequences = ["."], ResponseFormat = ChatResponseFormat.Json });
        await client.GetResponseAsync("x", new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement) });
        JsonNode[] asked = [.. _server.Requests];

        Assert.Equal((3, 0, 1, "."), ((int)asked[0]["max_completion_tokens"]!, (double)asked[0]["temperature"]!, (int)asked[0]["seed"]!, (string?)asked[0]["stop"]![0]));
        Assert.Equal(["Mine.", "x"], asked[0]["messages"]!.AsArray().Select(m => (string?)m!["content"]));
        Assert.Equal("json_object", (string?)asked[0]["response_format"]!["type"]);
        Assert.Equal("json_schema", (string?)asked[1]["response_format"]!["type"]);
        Assert.Equal("MOPS7108", await RefusedAsync(() => client.GetResponseAsync("x", new ChatOptions { Tools = [new HostedWebSearchTool()] })));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task A_stream_gives_each_piece_as_it_comes()
    {
        using ModelChatClient client = Open();
        var updates = new List<ChatResponseUpdate>();
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync("ab"))
        {
            updates.Add(update);
        }

        Assert.Equal(["<", "a", "b", ">"], updates.SkipLast(1).Select(u => u.Text));
        Assert.Equal(2, updates[^1].Contents.OfType<UsageContent>().Single().Details.OutputTokenCount);
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
    }

    [Fact]
    public async Task What_may_pass_is_tried_again_and_what_will_not_is_one_code_without_the_key()
    {
        using ModelChatClient client = Open();
        _server.Fault = number => number switch
        {
            0 => EndpointFault.Error(503, headers: ("retry-after-ms", "1")),
            1 => new EndpointFault(FaultKind.Close),
            3 => new EndpointFault(FaultKind.Status, 401, $$$"""{"error":{"message":"key {{{Key}}} is wrong"}}"""),
            4 => new EndpointFault(FaultKind.CloseMidStream, Body: "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n: " + new string('.', 300) + "\n\n"),
            5 => EndpointFault.Error(429, headers: ("Retry-After", "100000")),
            6 => new EndpointFault(FaultKind.Garbage, Body: "data: no json\n\n"),
            7 => new EndpointFault(FaultKind.Garbage, Body: "data: {\"error\":{\"message\":\"overloaded\"}}\n\n"),
            8 => new EndpointFault(FaultKind.Garbage, Body: ""),
            9 => EndpointFault.Error(500, headers: ("retry-after-ms", "1")),
            _ => null,
        };

        Assert.Equal("<ok>", (await client.GetResponseAsync("ok")).Text);
        DiagnosticException refused = await Assert.ThrowsAsync<DiagnosticException>(() => client.GetResponseAsync("no"));
        Assert.Equal("MOPS7162", refused.Diagnostic.Code);
        Assert.DoesNotContain(Key, refused.ToString(), StringComparison.Ordinal);
        Assert.Equal("MOPS7163", await RefusedAsync(() => client.GetResponseAsync("half an answer is handed over and cannot be taken back")));
        Assert.Equal("MOPS7163", await RefusedAsync(() => client.GetResponseAsync("more patience than there is")));
        Assert.Equal("MOPS7163", await RefusedAsync(() => client.GetResponseAsync("four times nothing that can be read")));
        Assert.Equal(10, _server.Requests.Count);

        Assert.Equal("<again>", (await client.GetResponseAsync("again")).Text);
    }

    [Fact]
    public async Task Cancelling_and_disposing_end_a_call()
    {
        ModelChatClient client = Open();
        _server.Work = TimeSpan.FromSeconds(20);
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("x", cancellationToken: cancelled.Token));
        Task<ChatResponse> waiting = client.GetResponseAsync("y");
        client.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync("z"));
    }

    [Theory]
    [InlineData("openai", "https://api.openai.com/v1", true)]
    [InlineData("OpenAI", "https://API.openai.com/v1", true)]
    [InlineData("azure", "https://contoso.openai.azure.com/openai/v1", true)]
    [InlineData("fireworks", "https://api.fireworks.ai/inference/v1", true)]
    [InlineData("openai", "http://api.openai.com/v1", false)]
    [InlineData("openai", "https://api.openai.com:8443/v1", false)]
    [InlineData("openai", "https://api.openai.com.evil.example/v1", false)]
    [InlineData("azure", "https://evil.example/.openai.azure.com", false)]
    [InlineData("azure", "https://openai.azure.com.evil.example/v1", false)]
    [InlineData("bedrock", "https://bedrock.us-west-2.amazonaws.com", true)]
    [InlineData("bedrock", "https://bedrock.s3.amazonaws.com", false)]
    [InlineData("openai", "https://api.together.ai/v1", false)]
    [InlineData("vertex", "https://europe-west4-aiplatform.googleapis.com/v1", true)]
    [InlineData("vertex", "https://aiplatform.googleapis.com.evil.example/v1", false)]
    [InlineData("vertex", "https://storage.googleapis.com/v1", false)]
    [InlineData("nobody", "https://api.openai.com/v1", false)]
    public void A_key_goes_to_its_provider_alone(string provider, string endpoint, bool own)
    {
        var pointer = new ModelPointer(provider, "m", endpoint);
        string folder = Write(manifest => manifest with { Pointer = pointer });

        Assert.Equal(own, ProviderEndpoints.IsOwn(pointer));
        string code = Assert.Throws<DiagnosticException>(() => ModelChatClient.Open(folder)).Diagnostic.Code;
        Assert.Equal(own ? "MOPS7160" : "MOPS7161", code); // the tests' environment has no keys
    }

    [Fact]
    public async Task An_address_of_ones_own_gets_the_key_that_is_named_with_it_or_none()
    {
        using ModelChatClient client = ModelChatClient.Open(Write(), new ModelRuntimeOptions { Endpoint = new Uri(_server.Url), ProviderModel = "my-deployment" });

        await client.GetResponseAsync("x");

        Assert.Null(_server.Keys.Single());
        Assert.Equal("my-deployment", (string?)_server.Requests.Single()["model"]);
    }

    [Fact]
    public async Task A_model_of_vertex_is_asked_as_gemini_is()
    {
        using var provider = new FakeVertex { Say = question => $"<{question}>" };
        var manifest = new ModelPointer("vertex", $"projects/{FakeVertex.Project}/locations/{FakeVertex.Location}/publishers/google/models/{provider.Model}", "https://us-central1-aiplatform.googleapis.com/v1");
        using ModelChatClient client = ModelChatClient.Open(Write(m => m with { Pointer = manifest }), new ModelRuntimeOptions { Endpoint = new Uri(provider.Serve()), ApiKey = provider.Token() });
        var updates = new List<ChatResponseUpdate>();
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync("till", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }))
        {
            updates.Add(update);
        }

        Assert.Equal("I do not know.", string.Concat(updates.Select(u => u.Text)));
        Assert.Equal((1, 3), ((int)updates[^1].Contents.OfType<UsageContent>().Single().Details.InputTokenCount!, (int)updates[^1].Contents.OfType<UsageContent>().Single().Details.OutputTokenCount!));
        JsonNode asked = provider.Requests.Single().Json;
        Assert.Equal(("Sort it.", "till"), ((string?)asked["systemInstruction"]!["parts"]![0]!["text"], (string?)asked["contents"]![0]!["parts"]![0]!["text"]));
        Assert.Equal((33, "application/json"), ((int)asked["generationConfig"]!["maxOutputTokens"]!, (string?)asked["generationConfig"]!["responseMimeType"]));
        Assert.Empty(provider.NotAllowed);
    }

    private ModelChatClient Open() => ModelChatClient.Open(Write(), new ModelRuntimeOptions { Endpoint = new Uri(_server.Url), ApiKey = Key });

    private string Write(Func<ModelManifest, ModelManifest>? change = null)
    {
        var manifest = new ModelManifest
        {
            Id = "Contoso.Pointed",
            Version = "1.0.0",
            Kind = ModelManifest.PointerKind,
            Method = "lora",
            BaseDigest = "sha256:" + new string('b', 64),
            SystemPrompt = "Sort it.",
            Decoding = new DecodingOptions { MaxNewTokens = 33, Temperature = 0.5, Seed = 7 },
            Pointer = new ModelPointer("openai", "ft:contoso", "https://api.openai.com/v1") { MaxTokensMember = "max_completion_tokens" },
            Files = [],
        };
        string folder = Directory.CreateDirectory(_folder["Contoso.Pointed"]).FullName;
        File.WriteAllBytes(Path.Combine(folder, ModelManifest.FileName), (change is null ? manifest : change(manifest)).ToBytes());
        return folder;
    }

    private static async Task<string> RefusedAsync(Func<Task> ask) => (await Assert.ThrowsAsync<DiagnosticException>(ask)).Diagnostic.Code;
}
