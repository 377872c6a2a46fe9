using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Tests;

public sealed class ChatWireTests
{
    private const string Whole = """{"id":"x","choices":[{"message":{"content":"ü 😀"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":5}}""";

    [Fact]
    public void A_reply_is_read()
    {
        Assert.Equal(new ChatReply("ü 😀", "length", 3, 5, true), Read(Whole));
        Assert.Equal(new ChatReply("no", "stop", 0, 0, false), Read("""{"choices":[{"message":{"content":null,"refusal":"no"}}]}"""));
        Assert.Equal(new ChatReply("ab", "stop", 0, 0, true), Read("""{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":-1}}"""));
        Assert.Equal("", Read("""{"choices":[{"message":{}}]}""").Text);
    }

    [Fact]
    public void A_lone_surrogate_is_no_text() => Assert.ThrowsAny<JsonException>(() => Read("""{"choices":[{"message":{"content":"\ud800"}}]}"""));

    [Fact]
    public void No_part_of_a_reply_is_taken_for_a_reply()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Whole);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.ThrowsAny<JsonException>(() => ChatWire.Reply(bytes.AsMemory(0, length)));
        }
    }

    [Fact]
    public void A_damaged_reply_is_a_reply_or_a_JSON_error_and_nothing_else()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Whole);
        for (int i = 0; i < Soak.Count(2_000, 200_000); i++)
        {
            var random = new Random(i);
            byte[] damaged = [.. bytes];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                ChatWire.Reply(damaged);
            }
            catch (Exception e)
            {
                Assert.True(e is JsonException, $"{i}: {e}");
            }
        }
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","code":"c"}}""", "m", "c")]
    [InlineData("""{"error":{"message":"m","type":"t","code":null}}""", "m", "t")]
    [InlineData("""{"object":"error","message":"m","type":"t"}""", "m", "t")]
    [InlineData("""{"error":"plain"}""", "plain", "")]
    [InlineData("""{"detail":"d"}""", "d", "")]
    [InlineData("<html>", "<html>", "")]
    [InlineData("""{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}""", "m", "PERMISSION_DENIED")]
    [InlineData("""{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure"}]}}""", "m", "QuotaFailure")]
    [InlineData("""{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{"@type":"type.googleapis.com/google.rpc.RetryInfo"}]}}""", "m", "RESOURCE_EXHAUSTED")]
    [InlineData("[]", "[]", "")]
    public void An_error_says_what_it_says(string body, string message, string code) => Assert.Equal((message, code), ChatWire.Error(body));

    [Theory]
    [InlineData("1s", 1.0)]
    [InlineData("6m0s", 360.0)]
    [InlineData("250ms", 0.25)]
    [InlineData("1h2m3.5s", 3723.5)]
    [InlineData("12", 12.0)]
    [InlineData("", null)]
    [InlineData("s", null)]
    [InlineData("1x", null)]
    [InlineData("-1s", null)]
    public void Durations_are_those_of_the_servers(string text, double? seconds) => Assert.Equal(seconds, RetryPolicy.Duration(text)?.TotalSeconds);

    [Fact]
    public void A_duration_is_read_back_from_its_parts_and_no_text_breaks_the_reader()
    {
        Prop.ForAll<byte, byte, byte>((h, m, s) => RetryPolicy.Duration($"{h}h{m}m{s}s") == new TimeSpan(h, m, s)).QuickCheckThrowOnFailure();
        Prop.ForAll<string?>(text => RetryPolicy.Duration(text ?? "") is null or { Ticks: >= 0 }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Waiting_doubles_up_to_eight_seconds_and_chance_only_shortens_it()
    {
        Assert.Equal([0.5, 1, 2, 4, 8, 8], Enumerable.Range(0, 6).Select(i => RetryPolicy.Backoff(i, 0).TotalSeconds));
        Assert.Equal(0.375, RetryPolicy.Backoff(0, 1).TotalSeconds);
    }

    [Theory]
    [InlineData("https://h/v1", "https://h/v1/chat/completions")]
    [InlineData("https://h/v1/", "https://h/v1/chat/completions")]
    [InlineData("https://h/v1/chat/completions", "https://h/v1/chat/completions")]
    [InlineData("https://h/openai?api-version=1", "https://h/openai/chat/completions?api-version=1")]
    public void The_address_is_completed(string url, string expected) => Assert.Equal(expected, new EndpointOptions("e", new Uri(url), "m").Completions.AbsoluteUri);

    private static ChatReply Read(string json) => ChatWire.Reply(Encoding.UTF8.GetBytes(json));
}
