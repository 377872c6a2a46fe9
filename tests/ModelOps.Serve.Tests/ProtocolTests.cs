using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Serve.Tests;

/// <summary>What goes over the wire, looked at without a client's help.</summary>
public sealed class ProtocolTests
{
    private const string Good = """{"model":"Contoso.One","max_tokens":4,"messages":[{"role":"user","content":"hi"}]""";

    [Theory]
    [InlineData("", 400, null, "invalid_json")]
    [InlineData("{", 400, null, "invalid_json")]
    [InlineData("[]", 400, null, "invalid_type")]
    [InlineData("""{"model":"Contoso.One"}""", 400, "messages", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", 400, "model", "invalid_value")]
    [InlineData("""{"model":"x","messages":[{"role":"user","content":"hi"}]}""", 404, "model", "model_not_found")]
    [InlineData("""{"model":"Contoso.One","messages":[]}""", 400, "messages", "invalid_value")]
    [InlineData("""{"model":"Contoso.One","messages":"hi"}""", 400, "messages", "invalid_type")]
    [InlineData("""{"model":"Contoso.One","messages":[{"role":"king","content":"hi"}]}""", 400, "messages[0].role", "invalid_value")]
    [InlineData("""{"model":"Contoso.One","messages":[{"role":"tool","content":"hi"}]}""", 400, "messages[0].role", "unsupported_parameter")]
    [InlineData("""{"model":"Contoso.One","messages":[{"role":"user"}]}""", 400, "messages[0].content", "invalid_value")]
    [InlineData("""{"model":"Contoso.One","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""", 400, "messages[0].content[0].type", "unsupported_parameter")]
    [InlineData("""{"model":"Contoso.One","messages":[{"role":"user","content":"\ud800"}]}""", 400, null, "invalid_json")]
    [InlineData(Good + ""","n":2}""", 400, "n", "unsupported_parameter")]
    [InlineData(Good + ""","tools":[{"type":"function"}]}""", 400, "tools", "unsupported_parameter")]
    [InlineData(Good + ""","tool_choice":"required"}""", 400, "tool_choice", "unsupported_parameter")]
    [InlineData(Good + ""","logit_bias":{"5":1}}""", 400, "logit_bias", "unsupported_parameter")]
    [InlineData(Good + ""","presence_penalty":0.5}""", 400, "presence_penalty", "unsupported_parameter")]
    [InlineData(Good + ""","modalities":["text","audio"]}""", 400, "modalities", "unsupported_parameter")]
    [InlineData(Good + ""","temperature":3}""", 400, "temperature", "invalid_type")]
    [InlineData(Good + ""","temperature":"hot"}""", 400, "temperature", "invalid_type")]
    [InlineData(Good + ""","max_completion_tokens":0}""", 400, "max_completion_tokens", "invalid_type")]
    [InlineData(Good + ""","top_logprobs":2}""", 400, "top_logprobs", "invalid_value")]
    [InlineData(Good + ""","logprobs":true,"top_logprobs":21}""", 400, "top_logprobs", "invalid_type")]
    [InlineData(Good + ""","stream_options":{"include_usage":true}}""", 400, "stream_options", "invalid_value")]
    [InlineData(Good + ""","stop":["a",""]}""", 400, "stop", "invalid_value")]
    [InlineData(Good + ""","stop":"a","response_format":{"type":"json_object"}}""", 400, "stop", "unsupported_parameter")]
    [InlineData(Good + ""","response_format":{"type":"xml"}}""", 400, "response_format.type", "invalid_value")]
    [InlineData(Good + ""","response_format":{"type":"json_schema"}}""", 400, "response_format.json_schema", "invalid_value")]
    [InlineData(Good + ""","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"string","pattern":"a"}}}}""", 400, null, "MOPS7008")]
    [InlineData(Good + ""","n":1,"tools":[],"tool_choice":"auto","logit_bias":{},"frequency_penalty":0,"user":"me","store":false,"metadata":{},"somethingNew":[1],"stop":null,"top_k":5,"top_p":0}""", 200, null, null)]
    [InlineData(Good + ""","response_format":{"type":"text"},"stop":"zzz","seed":-5,"temperature":1,"modalities":["text"]}""", 200, null, null)]
    [InlineData("""{"model":"contoso.one","messages":[{"role":"developer","content":[{"type":"text","text":"be"},{"type":"text","text":" brief"}]},{"role":"user","content":"hi","name":"ann"}]}""", 200, null, null)]
    public async Task A_request_is_answered_or_refused_by_name(string body, int status, string? param, string? code)
    {
        await using TestServer server = await TestServer.StartAsync();

        (int got, JsonElement json) = await server.PostRawAsync(body);

        Assert.Equal(status, got);
        if (status == 200)
        {
            Assert.Equal("chat.completion", json.GetProperty("object").GetString());
            return;
        }

        JsonElement error = json.GetProperty("error");
        Assert.Equal((param, code, "invalid_request_error"), (error.GetProperty("param").GetString(), error.GetProperty("code").GetString(), error.GetProperty("type").GetString()));
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task A_stream_says_who_what_why_and_how_much()
    {
        await using TestServer server = await TestServer.StartAsync();
        var body = new { model = "Contoso.One", stream = true, logprobs = true, top_logprobs = 2, stream_options = new { include_usage = true }, messages = new[] { new { role = "user", content = "hi" } } };

        List<string> events = await server.StreamAsync(body);

        var expected = server.Alone(0, "hi");
        Assert.Equal("[DONE]", events[^1]);
        JsonElement[] chunks = [.. events[..^1].Select(e => JsonElement.Parse(e))];
        Assert.Single(chunks.Select(c => c.GetProperty("id").GetString()).Distinct());
        Assert.Equal("assistant", chunks[0].GetProperty("choices")[0].GetProperty("delta").GetProperty("role").GetString());
        Assert.Equal(expected.Text, string.Concat(chunks[..^2].Select(c => c.GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString())));
        Assert.All(chunks[..^2], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("choices")[0].GetProperty("finish_reason").ValueKind));
        Assert.Contains(chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString(), new[] { "stop", "length" });
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal(expected.Tokens.Count, chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        float[] log = [.. chunks[1..^2].Select(c => c.GetProperty("choices")[0].GetProperty("logprobs")).Where(l => l.ValueKind == JsonValueKind.Object).SelectMany(l => l.GetProperty("content").EnumerateArray()).Select(t => t.GetProperty("logprob").GetSingle())];
        Assert.Equal(expected.LogProbabilities, log);
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("POST", "/v1/models", 405)]
    [InlineData("GET", "/v1/models/nobody", 404)]
    [InlineData("GET", "/v1/models/Contoso.One@1.0.0", 200)]
    [InlineData("GET", "/v1/embeddings", 404)]
    [InlineData("GET", "/health", 200)]
    [InlineData("GET", "/../../etc/passwd", 404)]
    public async Task Paths_and_methods(string method, string path, int status)
    {
        await using TestServer server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using HttpResponseMessage response = await server.Client.SendAsync(request);

        Assert.Equal((status, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(status == 405, response.Content.Headers.Allow.Count > 0);
    }

    [Fact]
    public async Task Pages_of_other_sites_get_nothing()
    {
        await using TestServer server = await TestServer.StartAsync();
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Host = "evil.example" } };
        using HttpResponseMessage refused = await server.Client.SendAsync(rebound);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(415, (await server.PostRawAsync("{}"u8.ToArray(), "text/plain")).Status);
        using var asking = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions") { Headers = { { "Origin", "http://evil.example" }, { "Access-Control-Request-Method", "POST" } } };
        using HttpResponseMessage answer = await server.Client.SendAsync(asking);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_key_is_asked_for_before_anything_else()
    {
        Environment.SetEnvironmentVariable("MODELOPS_TEST_KEY_2", "0123456789abcdef");
        await using TestServer server = await TestServer.StartAsync(request => request with { ApiKeyVariable = "MODELOPS_TEST_KEY_2" });
        foreach (string? header in new[] { null, "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdeF", "Basic 0123456789abcdef" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            request.Headers.TryAddWithoutValidation("Authorization", header);
            using HttpResponseMessage response = await server.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (response.StatusCode, response.Headers.WwwAuthenticate.Single().Scheme));
        }

        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("bearer", "0123456789abcdef");
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/v1/models")).StatusCode);
    }

    [Theory]
    [InlineData("0.0.0.0", null, "MOPS7123")]
    [InlineData("127.0.0.1", "MODELOPS_TEST_NOT_SET", "MOPS7125")]
    [InlineData("nowhere.example", null, "MOPS7124")]
    public async Task What_would_be_unsafe_does_not_start(string host, string? variable, string code)
    {
        DiagnosticException refused = await Assert.ThrowsAsync<DiagnosticException>(() => TestServer.StartAsync(request => request with { Host = host, ApiKeyVariable = variable }));

        Assert.Equal(code, refused.Diagnostic.Code);
    }

    [Fact]
    public async Task A_taken_port_has_a_code()
    {
        await using TestServer server = await TestServer.StartAsync();

        DiagnosticException refused = await Assert.ThrowsAsync<DiagnosticException>(() => TestServer.StartAsync(request => request with { Port = server.Address.Port }));

        Assert.Equal("MOPS7124", refused.Diagnostic.Code);
    }

    [Fact]
    public async Task Too_large_a_request_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync(request => request with { MaxRequestBytes = 2000 });

        Assert.Equal(413, (await server.PostRawAsync(Good + $$""","user":"{{new string('x', 3000)}}"}""")).Status);
        Assert.Equal(200, (await server.PostRawAsync(Good + "}")).Status);
    }
}
