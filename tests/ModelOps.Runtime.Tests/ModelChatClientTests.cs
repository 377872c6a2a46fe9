using Microsoft.Extensions.AI;
using ModelOps.Core.Packaging;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;

namespace ModelOps.Runtime.Tests;

public sealed class ModelChatClientTests : IDisposable
{
    private static readonly string[] s_tickets = ["The till prints nothing.", "I want my money back!", "How do I import a shift plan?", "ü 😀"];
    private readonly ModelsFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task Answers_are_the_engines_own()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);
        bool adapterShows = false;
        foreach (string ticket in s_tickets)
        {
            GeneratedRow expected = Engine([("system", "Triage the ticket."), ("user", ticket)]);
            ChatResponse response = await client.GetResponseAsync(ticket);

            Assert.Equal(expected.Text, response.Text);
            Assert.Equal(expected.Tokens.Count, response.Usage!.OutputTokenCount);
            Assert.Equal(expected.Reason == StopReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop, response.FinishReason);
            Assert.Equal("Contoso.TicketTriage@1.2.3", response.ModelId);
            adapterShows |= expected.Text != Engine([("system", "Triage the ticket."), ("user", ticket)], adapter: false).Text;
        }

        Assert.True(adapterShows, "the adapter changes no answer, so the test would not see it missing");
    }

    [Fact]
    public async Task A_conversation_goes_to_the_model_turn_by_turn()
    {
        (string, string)[] turns = [("user", "Hello"), ("assistant", "What is it?"), ("user", "The till.")];
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);

        ChatResponse response = await client.GetResponseAsync(turns.Select(t => new ChatMessage(new ChatRole(t.Item1), t.Item2)));

        Assert.Equal(Engine([("system", "Triage the ticket."), .. turns]).Text, response.Text);
    }

    [Theory]
    [InlineData(null, null, "Triage the ticket.")]
    [InlineData("Be brief.", null, "Be brief.")]
    [InlineData(null, "In Dutch.", "In Dutch.")]
    [InlineData("Be brief.", "In Dutch.", "In Dutch.\nBe brief.")]
    [InlineData(null, "", "Triage the ticket.")]
    public async Task The_packages_system_message_stands_in_where_the_caller_has_none(string? message, string? instructions, string expected)
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);
        List<ChatMessage> messages = [new(ChatRole.User, s_tickets[0])];
        if (message is not null)
        {
            messages.Insert(0, new ChatMessage(ChatRole.System, message));
        }

        ChatResponse response = await client.GetResponseAsync(messages, new ChatOptions { Instructions = instructions });

        Assert.Equal(Engine([("system", expected), ("user", s_tickets[0])]).Text, response.Text);
        Assert.Equal(Encode([("system", expected), ("user", s_tickets[0])]).Length, response.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task Without_a_common_system_message_none_is_made_up()
    {
        using var models = new ModelsFolder(systemPrompt: null);
        using ModelChatClient client = ModelChatClient.Open(models.Adapter);

        ChatResponse response = await client.GetResponseAsync(s_tickets[0]);

        Assert.Equal(Encode([("user", s_tickets[0])]).Length, response.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task Options_of_the_call_come_before_those_of_the_evaluation()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);

        ChatResponse greedy = await client.GetResponseAsync(s_tickets[0], new ChatOptions { MaxOutputTokens = 3 });
        ChatResponse sampled = await client.GetResponseAsync(s_tickets[0], new ChatOptions { Temperature = 1.5f, TopK = 50, TopP = 0.9f, Seed = 7 });
        ChatResponse again = await client.GetResponseAsync(s_tickets[0], new ChatOptions { Temperature = 1.5f, TopK = 50, TopP = 0.9f, Seed = 7 });
        ChatResponse other = await client.GetResponseAsync(s_tickets[0], new ChatOptions { Temperature = 1.5f, TopK = 50, TopP = 0.9f, Seed = 8 });

        Assert.Equal((3, ChatFinishReason.Length), ((int)greedy.Usage!.OutputTokenCount!, greedy.FinishReason));
        Assert.Equal(sampled.Text, again.Text);
        Assert.NotEqual(sampled.Text, other.Text);
    }

    [Fact]
    public async Task A_stream_gives_the_same_answer()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);
        int most = 0;
        foreach (string ticket in s_tickets)
        {
            List<ChatResponseUpdate> updates = [];
            await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(ticket))
            {
                updates.Add(update);
            }

            ChatResponse whole = await client.GetResponseAsync(ticket);
            ChatResponse joined = updates.ToChatResponse();
            Assert.Equal(whole.Text, joined.Text);
            Assert.Single(joined.Messages);
            Assert.Equal((whole.ModelId, whole.FinishReason, whole.Usage!.TotalTokenCount), (joined.ModelId, joined.FinishReason, joined.Usage!.TotalTokenCount));
            most = Math.Max(most, updates.Count);
        }

        Assert.InRange(most, 4, 13); // of at most 12 tokens, some hold no whole character
    }

    [Fact]
    public async Task A_response_format_with_a_schema_is_kept()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);
        var schema = System.Text.Json.JsonElement.Parse("""{"type":"object","properties":{"queue":{"enum":["till","money"]}},"required":["queue"]}""");
        var options = new ChatOptions { MaxOutputTokens = 60, ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) };

        ChatResponse response = await client.GetResponseAsync(s_tickets[0], options);

        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Contains(System.Text.Json.JsonElement.Parse(response.Text).GetProperty("queue").GetString(), new[] { "till", "money" });
        options.ResponseFormat = ChatResponseFormat.ForJsonSchema(System.Text.Json.JsonElement.Parse("""{"type":"string","pattern":"a+"}"""));
        var refused = await Assert.ThrowsAsync<Core.Diagnostics.DiagnosticException>(() => client.GetResponseAsync(s_tickets[0], options));
        Assert.Contains("#/pattern", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_is_left_early_frees_the_client()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);
        await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(s_tickets[0], new ChatOptions { MaxOutputTokens = 60 }))
        {
            break;
        }

        Assert.NotEmpty((await client.GetResponseAsync(s_tickets[0])).Text);
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(s_tickets[0], new ChatOptions { MaxOutputTokens = 60 }, cancelled.Token))
            {
                await cancelled.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task A_package_with_a_whole_model_needs_no_other()
    {
        string folder = _models[ModelsFolder.BaseId];
        using ModelChatClient client = ModelChatClient.Open(folder);

        ChatResponse response = await client.GetResponseAsync(s_tickets[2], new ChatOptions { MaxOutputTokens = 12 });

        Assert.Equal(Engine([("user", s_tickets[2])], adapter: false).Text, response.Text);
    }

    [Fact]
    public async Task Eight_callers_get_the_answers_that_one_gets()
    {
        using ModelChatClient alone = ModelChatClient.Open(_models.Adapter, threads: 1);
        string[] expected = new string[s_tickets.Length];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = (await alone.GetResponseAsync(s_tickets[i])).Text;
        }

        using ModelChatClient client = ModelChatClient.Open(_models.Adapter, threads: 2);
        string[][] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var mine = new string[s_tickets.Length];
            for (int i = 0; i < mine.Length; i++)
            {
                int ticket = (i + caller) % mine.Length;
                mine[ticket] = (await client.GetResponseAsync(s_tickets[ticket])).Text;
            }

            return mine;
        })));

        Assert.All(answers, mine => Assert.Equal(expected, mine));
    }

    [Fact]
    public void Services_are_found_by_type()
    {
        using ModelChatClient client = ModelChatClient.Open(_models.Adapter);

        Assert.Same(client, client.GetService(typeof(IChatClient)));
        Assert.Equal("Contoso.TicketTriage", ((ModelManifest)client.GetService(typeof(ModelManifest))!).Id);
        Assert.Equal("Contoso.TicketTriage@1.2.3", ((ChatClientMetadata)client.GetService(typeof(ChatClientMetadata))!).DefaultModelId);
        Assert.Null(client.GetService(typeof(IChatClient), "key"));
        Assert.Null(client.GetService(typeof(string)));
    }

    private int[] Encode((string, string)[] turns)
    {
        using ChatModel model = ChatModel.Open(_models.Base);
        return model.EncodePrompt(ChatConversation.FromMessages(turns));
    }

    private GeneratedRow Engine((string, string)[] turns, bool adapter = true)
    {
        using ChatModel model = ChatModel.Open(_models.Base, adapter ? _models.Adapter : null);
        using var generator = new Generator(model.Model, model.Adapter, threads: 1);
        return generator.Generate([new GenerationPrompt(model.EncodePrompt(ChatConversation.FromMessages(turns)))], model.Complete(new GenerationOptions { MaxNewTokens = 12 }))[0];
    }
}
