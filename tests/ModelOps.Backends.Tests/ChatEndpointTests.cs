using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Endpoints;
using ModelOps.Core.Evaluation;

namespace ModelOps.Backends.Tests;

public sealed class ChatEndpointTests : IDisposable
{
    private const string Secret = "sk-very-secret";
    private readonly EndpointServer _server = new();
    private readonly VirtualClock _time = new();
    private readonly List<AnswerLine> _answers = [];
    private TimeSpan _patience = TimeSpan.FromSeconds(20);

    public void Dispose() => _server.Dispose();

    public static TheoryData<EndpointFault> Passing => new(
        EndpointFault.Error(429), EndpointFault.Error(500), EndpointFault.Error(503), EndpointFault.Error(408), EndpointFault.Error(400, "", ("x-should-retry", "true")),
        new EndpointFault(FaultKind.HalfBody), new EndpointFault(FaultKind.CloseMidStream), new EndpointFault(FaultKind.Close), new EndpointFault(FaultKind.Hang),
        new EndpointFault(FaultKind.Garbage, Body: "<html>busy</html>"), new EndpointFault(FaultKind.Garbage, Body: ""), new EndpointFault(FaultKind.Garbage, Body: "{}"),
        new EndpointFault(FaultKind.Garbage, Body: """{"choices":[]}"""), new EndpointFault(FaultKind.Garbage, Body: """{"choices":[{"message":{"content":7}}]}"""),
        new EndpointFault(FaultKind.Garbage, Body: "null"));

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_failure_that_passes_costs_another_attempt_and_no_answer(EndpointFault fault)
    {
        _patience = Patience(fault);
        _server.Fault = n => n is 1 or 2 ? fault : null;

        await AskAsync(Questions(4), concurrency: 1);

        Assert.Equal(["q0", "q1", "q2", "q3"], _answers.Select(a => a.Text));
        Assert.Equal(6, _server.Requests.Count);
        Assert.Equal([0.5, 1], _time.Waits.Take(2));
        Assert.All(_answers, a => Assert.Equal((2, 2, "stop", 0), (a.PromptTokens, a.CompletionTokens, a.Finish, a.Repeat)));
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_failure_that_stays_is_one_error_and_what_was_answered_before_is_handed_over(EndpointFault fault)
    {
        _patience = Patience(fault);
        _server.Fault = n => n >= 2 ? fault : null;

        Diagnostic problem = await FailureAsync(Questions(4), concurrency: 1, attempts: 3);

        Assert.Equal("MOPS5112", problem.Code);
        Assert.Contains("3 attempts", problem.Message, StringComparison.Ordinal);
        Assert.Equal(["q0", "q1"], _answers.Select(a => a.Text));
        Assert.InRange(_server.Requests.Count, 4, 5); // an attempt may break off before the server has read it
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_given_up()
    {
        _server.Dispose();

        Assert.Equal("MOPS5112", (await FailureAsync(Questions(1))).Code);
        Assert.Equal([0.5, 1, 2, 4, 8, 8, 8], _time.Waits);
    }

    [Theory]
    [InlineData(401, "", "MOPS5113")]
    [InlineData(400, "", "MOPS5113")]
    [InlineData(404, "", "MOPS5113")]
    [InlineData(302, "", "MOPS5113")]
    [InlineData(429, "insufficient_quota", "MOPS5114")]
    [InlineData(402, "credit_balance_exhausted", "MOPS5114")]
    public async Task A_refusal_is_not_repeated_and_tells_no_key(int status, string code, string expected)
    {
        _server.Fault = _ => new EndpointFault(FaultKind.Status, status, $$$"""{"error":{"message":"Incorrect key {{{Secret}}} \u001b[31m","code":"{{{code}}}"}}""");

        Diagnostic problem = await FailureAsync(Questions(1));

        Assert.Equal(expected, problem.Code);
        Assert.Single(_server.Requests);
        Assert.DoesNotContain(Secret, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', problem.Message);
        Assert.Equal("Bearer " + Secret, _server.Keys.Single());
    }

    [Fact]
    public async Task A_model_that_was_deployed_a_moment_ago_is_waited_for()
    {
        _server.Fault = n => n < 3 ? EndpointFault.Error(404) : null;
        using var endpoint = new ChatEndpoint(Options() with { IsFresh = true, MaxConcurrency = 1 }, _ => Secret, _time.Clock);

        await endpoint.AskAsync(Questions(1), new DecodingOptions(), _answers.Add, default);

        Assert.Equal([30, 30, 30], _time.Waits);
        Assert.Single(_answers);
    }

    [Fact]
    public void A_key_that_is_not_set_is_an_error_before_anything_is_sent()
    {
        var failure = Assert.Throws<DiagnosticException>(() => new ChatEndpoint(Options() with { ApiKeyVariable = "NO_SUCH" }, _ => null));

        Assert.Equal("MOPS5111", failure.Diagnostic.Code);
        Assert.Contains("NO_SUCH", failure.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Retry-After", "7", 7)]
    [InlineData("Retry-After", "1.5", 1.5)]
    [InlineData("retry-after-ms", "250", 0.25)]
    [InlineData("Retry-After", "Fri, 02 Jan 2026 03:04:35 GMT", 30)]
    [InlineData("Retry-After", "Fri, 02 Jan 2026 03:00:00 GMT", 0)]
    [InlineData("Retry-After", "soon", 0.5)]
    public async Task The_server_says_how_long_to_wait(string header, string value, double seconds)
    {
        _server.Fault = n => n == 0 ? EndpointFault.Error(429, "", (header, value)) : null;

        await AskAsync(Questions(1));

        Assert.Equal(seconds, _time.Waits.Sum(), 3);
    }

    [Fact]
    public async Task A_server_that_asks_for_hours_is_given_up_at_once()
    {
        _server.Fault = _ => EndpointFault.Error(429, "", ("Retry-After", "3600"));

        Assert.Contains("3600 s", (await FailureAsync(Questions(1))).Message, StringComparison.Ordinal);
        Assert.Empty(_time.Waits);
    }

    [Theory]
    [InlineData("requests", "1m30s", 90)]
    [InlineData("tokens", "250ms", 0.25)]
    [InlineData("tokens", "6h", 120)]
    public async Task A_limit_that_is_used_up_holds_the_next_request_back(string what, string reset, double seconds)
    {
        (_server.Headers[$"x-ratelimit-remaining-{what}"], _server.Headers[$"x-ratelimit-reset-{what}"]) = ("0", reset);

        await AskAsync(Questions(2), concurrency: 1);

        Assert.Equal(seconds, _time.Waits.Single(), 3);
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_are_allowed()
    {
        _server.Work = TimeSpan.FromMilliseconds(10);

        await AskAsync(Questions(40), concurrency: 3);

        Assert.Equal(3, _server.Busiest);
        Assert.Equal(40, _answers.DistinctBy(a => a.Id).Count());
    }

    [Fact]
    public async Task A_failure_lets_the_answers_under_way_come_and_starts_no_more()
    {
        _server.Work = TimeSpan.FromMilliseconds(50);
        _server.Fault = n => n == 0 ? EndpointFault.Error(401) : null;

        await FailureAsync(Questions(20), concurrency: 4);

        Assert.Equal(_server.Answered.Count, _answers.Count);
        Assert.InRange(_server.Requests.Count, 4, 8);
    }

    [Fact]
    public async Task The_request_decodes_as_the_candidate_does()
    {
        using JsonDocument schema = JsonDocument.Parse("""{"type":"object"}""");
        var decoding = new DecodingOptions { MaxNewTokens = 9, Temperature = 0.5, TopK = 4, TopP = 0.25, Seed = 7, Stop = ["\n"], RepetitionPenalty = 1.5, JsonSchema = schema.RootElement };
        using var endpoint = new ChatEndpoint(Options() with { MaxTokensMember = "max_completion_tokens" }, _ => Secret, _time.Clock);

        await endpoint.AskAsync([new Question("a", 2, [new("system", "s"), new("user", "ü\"\u2028")])], decoding, _answers.Add, CancellationToken.None);

        JsonNode request = _server.Requests.Single();
        Assert.Equal(
            """{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"ü\"\u2028"}],"temperature":0.5,"max_completion_tokens":9,"seed":9,"top_p":0.25,"top_k":4,"repetition_penalty":1.5,"stop":["\n"],"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}}}""",
            request.ToJsonString(WorkerJson.Options).Replace("\u2028", "\\u2028", StringComparison.Ordinal));
        Assert.Equal(("a", 2), (_answers.Single().Id, _answers.Single().Repeat));
    }

    [Fact]
    public async Task Plain_decoding_sends_nothing_that_most_servers_lack_and_no_key_where_there_is_none()
    {
        _server.TellsUsage = false;
        using var endpoint = new ChatEndpoint(Options() with { ApiKeyVariable = null }, _ => null, _time.Clock);

        await endpoint.AskAsync(Questions(1), new DecodingOptions(), _answers.Add, CancellationToken.None);

        Assert.Equal(["model", "messages", "temperature", "max_tokens", "seed"], _server.Requests.Single().AsObject().Select(m => m.Key));
        Assert.Null(_server.Keys.Single());
        Assert.Equal(1, endpoint.WithoutUsage);
    }

    [Fact]
    public async Task Cancelling_is_no_error_of_the_endpoint()
    {
        using var stop = new CancellationTokenSource();
        using var endpoint = new ChatEndpoint(Options(), _ => Secret, _time.Clock);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endpoint.AskAsync(
            Questions(3), new DecodingOptions(), _ => stop.Cancel(), stop.Token));
    }

    [Fact]
    public void Prices_are_per_million_tokens() => Assert.Equal(0.00045, new TokenPrice(0.15, 0.6, "USD").Of(1000, 500), 12);

    // Long enough for an answer on a busy machine.
    private static TimeSpan Patience(EndpointFault fault) => TimeSpan.FromSeconds(fault.Kind == FaultKind.Hang ? 1.5 : 20);

    private static Question[] Questions(int count) => [.. Enumerable.Range(0, count).Select(i => new Question($"id{i}", 0, [new("user", $"q{i}")]))];

    private EndpointOptions Options() => new("server", new Uri(_server.Url), "m") { ApiKeyVariable = "KEY", Timeout = _patience };

    private async Task AskAsync(Question[] questions, int concurrency = 4, int attempts = 8)
    {
        using var endpoint = new ChatEndpoint(Options() with { MaxConcurrency = concurrency, MaxAttempts = attempts }, _ => Secret, _time.Clock);
        await endpoint.AskAsync(questions, new DecodingOptions(), _answers.Add, CancellationToken.None);
    }

    private async Task<Diagnostic> FailureAsync(Question[] questions, int concurrency = 4, int attempts = 8)
        => (await Assert.ThrowsAsync<DiagnosticException>(() => AskAsync(questions, concurrency, attempts))).Diagnostic;
}
