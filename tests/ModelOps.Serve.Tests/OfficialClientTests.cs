using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using ModelOps.Engine.Generation;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace ModelOps.Serve.Tests;

/// <summary>OpenAI's own .NET client, given nothing but the address.</summary>
public sealed class OfficialClientTests
{
    private const string Key = "a-key-of-sixteen-or-more";

    [Fact]
    public async Task It_completes_streams_and_lists()
    {
        await using TestServer server = await TestServer.StartAsync();
        ChatClient client = Chat(server, TestServer.Ids[1]);
        GeneratedRow expected = server.Alone(1, "The till prints nothing.");

        ChatCompletion answer = await client.CompleteChatAsync("The till prints nothing.");
        Assert.Equal(expected.Text, Assert.Single(answer.Content).Text);
        Assert.Equal(expected.Tokens.Count, answer.Usage.OutputTokenCount);
        Assert.Equal(expected.Reason == StopReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(("Contoso.Two@1.1.0", ChatMessageRole.Assistant), (answer.Model, answer.Role));

        string text = "";
        ChatFinishReason? finish = null;
        int? usage = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync("The till prints nothing."))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
            usage ??= update.Usage?.OutputTokenCount;
        }

        Assert.Equal((expected.Text, answer.FinishReason, expected.Tokens.Count), (text, finish, usage));

        OpenAIModelCollection models = await Client(server).GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal(TestServer.Ids.SelectMany((id, i) => new[] { id, $"{id}@1.{i}.0" }), models.Select(m => m.Id));
        Assert.Equal("Contoso.One", (await Client(server).GetOpenAIModelClient().GetModelAsync("Contoso.One")).Value.Id);
    }

    [Fact]
    public async Task Its_options_reach_the_engine()
    {
        await using TestServer server = await TestServer.StartAsync();
        ChatClient client = Chat(server, TestServer.Ids[0]);
#pragma warning disable OPENAI001 // Seed is marked as experimental.
        var sampling = new ChatCompletionOptions { MaxOutputTokenCount = 7, Temperature = 1.5f, TopP = 0.9f, Seed = 11, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 };
#pragma warning restore OPENAI001

        ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage("hello")], sampling);

        GeneratedRow expected = server.Alone(0, "hello", new GenerationOptions { MaxNewTokens = 7, Temperature = 1.5f, TopP = 0.9f, Seed = 11, TopLogProbabilities = 3 });
        Assert.Equal(expected.Text, answer.Content[0].Text);
        Assert.Equal(expected.LogProbabilities, answer.ContentTokenLogProbabilities.Select(t => t.LogProbability));
        Assert.Equal(expected.TopLogProbabilities.SelectMany(t => t).Select(t => t.LogProbability), answer.ContentTokenLogProbabilities.SelectMany(t => t.TopLogProbabilities).Select(t => t.LogProbability));

        string whole = server.Alone(0, "hello", new GenerationOptions { MaxNewTokens = 12 }).Text!;
        string stop = whole[(whole.Length / 2)..][..1];
        var stopping = new ChatCompletionOptions { StopSequences = { stop } };
        ChatCompletion stopped = await client.CompleteChatAsync([new UserChatMessage("hello")], stopping);
        Assert.Equal((whole[..whole.IndexOf(stop, StringComparison.Ordinal)], ChatFinishReason.Stop), (string.Concat(stopped.Content.Select(c => c.Text)), stopped.FinishReason));
    }

    [Fact]
    public async Task A_schema_is_kept()
    {
        await using TestServer server = await TestServer.StartAsync();
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 80,
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("ticket", BinaryData.FromString("""
                {"type":"object","properties":{"queue":{"type":"string","enum":["till","money"]}},"required":["queue"],"additionalProperties":false}
                """), jsonSchemaIsStrict: true),
        };
        foreach (string id in TestServer.Ids)
        {
            ChatCompletion answer = await Chat(server, id).CompleteChatAsync([new UserChatMessage("hello")], options);
            Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
            Assert.Contains(JsonElement.Parse(answer.Content[0].Text).GetProperty("queue").GetString(), new[] { "till", "money" });
        }
    }

    [Fact]
    public async Task Its_errors_are_the_clients_own()
    {
        Environment.SetEnvironmentVariable("MODELOPS_TEST_SERVE_KEY", Key);
        await using TestServer server = await TestServer.StartAsync(request => request with { ApiKeyVariable = "MODELOPS_TEST_SERVE_KEY" });

        Assert.NotEmpty((await Chat(server, TestServer.Ids[0]).CompleteChatAsync("hello")).Value.Content);
        ClientResultException wrongKey = await Assert.ThrowsAsync<ClientResultException>(() => Chat(server, TestServer.Ids[0], Key + "x").CompleteChatAsync("hello"));
        ClientResultException noModel = await Assert.ThrowsAsync<ClientResultException>(() => Chat(server, "gpt-9").CompleteChatAsync("hello"));
        ClientResultException tooLong = await Assert.ThrowsAsync<ClientResultException>(() => Chat(server, TestServer.Ids[0]).CompleteChatAsync(new string('x', 4000)));
        Assert.Equal((401, 404, 400), (wrongKey.Status, noModel.Status, tooLong.Status));
        Assert.Contains("model_not_found", noModel.Message, StringComparison.Ordinal);
        Assert.Contains("MOPS7008", tooLong.Message, StringComparison.Ordinal);
    }

    private static OpenAIClient Client(TestServer server, string key = Key) => new(
        new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1"), RetryPolicy = new ClientRetryPolicy(0) });

    private static ChatClient Chat(TestServer server, string model, string key = Key) => Client(server, key).GetChatClient(model);
}
