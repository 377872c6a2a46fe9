using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace ModelOps.Serve.Tests;

/// <summary>Many clients, clients that leave, clients that send nonsense, and a server that is stopped.</summary>
public sealed class LoadTests
{
    private static readonly string[] s_tickets = [.. Enumerable.Range(0, 12).Select(i => $"ticket {i * 31}")];

    [Fact]
    public async Task Sixteen_clients_over_three_adapters_get_no_wrong_and_no_mixed_answer()
    {
        await using TestServer server = await TestServer.StartAsync();
        string[,] expected = new string[3, s_tickets.Length];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i % 3, i / 3] = server.Alone(i % 3, s_tickets[i / 3]).Text!;
        }

        int count = Soak.Count(240, 10_000), next = -1;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                (int model, int ticket) = (i % 3, i / 3 % s_tickets.Length);
                Assert.Equal(expected[model, ticket], await TextAsync(server, model, s_tickets[ticket], stream: i % 5 == 0));
            }
        })));
        Assert.Equal(0, server.Server.Inside);
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task A_client_that_leaves_takes_its_question_along()
    {
        await using TestServer server = await TestServer.StartAsync(request => request with { MaxConcurrency = 4 });
        var endless = new { model = TestServer.Ids[0], stream = true, max_tokens = 100, messages = new[] { new { role = "user", content = "hi" } } };
        for (int round = 0; round < Soak.Count(8, 300); round++)
        {
            Task<string>[] staying = [.. Enumerable.Range(0, 3).Select(i => TextAsync(server, i, "stay", stream: i == 1))];
            using var client = new HttpClient { BaseAddress = server.Address };
            using var leaving = new CancellationTokenSource();
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(endless) };
            HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await using Stream body = await response.Content.ReadAsStreamAsync();
            _ = await body.ReadAsync(new byte[64 * (1 + (round % 4))]);
            response.Dispose();
            string[] texts = await Task.WhenAll(staying);
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(server.Alone(i, "stay").Text, texts[i]);
            }
        }

        await WaitAsync(() => server.Server.Inside == 0);
    }

    [Fact]
    public async Task Nonsense_is_refused_and_harms_nobody()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] good = Encoding.UTF8.GetBytes("""{"model":"Contoso.One","max_tokens":3,"temperature":0.5,"seed":1,"stop":["a"],"logprobs":true,"top_logprobs":2,"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"hi é"}]}]}""");
        string[] splices = ["null", "{}", "[]", "-1", "1e999", "\"\"", "true", "\"\\ud800\"", "99999999999999999999", "[[[[", "{\"a\":", "\u0000"];
        var random = new Random(5);
        var seen = new Dictionary<int, int>();
        for (int i = 0; i < Soak.Count(400, 20_000); i++)
        {
            byte[] body = [.. good];
            int at = random.Next(body.Length), end = at + random.Next(1, 12);
            body = (i % 3) switch
            {
                0 => [.. body[..at], (byte)random.Next(256), .. body[Math.Min(end, body.Length)..]],
                1 => body[..at],
                _ => Replaced(good, splices[random.Next(splices.Length)], random),
            };
            (int status, JsonElement json) = await server.PostRawAsync(body);
            seen[status] = seen.GetValueOrDefault(status) + 1;
            Assert.True(status is 200 or (>= 400 and < 500), $"{status}: {Encoding.UTF8.GetString(body)}");
            Assert.True(status == 200 || json.GetProperty("error").GetProperty("message").GetString()!.Length > 0);
        }

        Assert.True(seen[400] > 100, string.Join(' ', seen));
        Assert.Empty(server.Log);
        Assert.Equal(server.Alone(0, "hi").Text, await TextAsync(server, 0, "hi"));
    }

    [Fact]
    public async Task A_full_queue_says_so_and_empties()
    {
        await using TestServer server = await TestServer.StartAsync(request => request with { MaxConcurrency = 1, MaxQueue = 1 });
        HttpResponseMessage[] responses = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => server.PostAsync(new { model = TestServer.Ids[i % 3], max_tokens = 100, messages = new[] { new { role = "user", content = "hi" } } })));

        HttpResponseMessage[] refused = [.. responses.Where(r => r.StatusCode == HttpStatusCode.TooManyRequests)];
        Assert.True(refused.Length is > 0 and < 24, $"{refused.Length} of 24 were refused");
        Assert.All(refused, r => Assert.True(r.Headers.RetryAfter!.Delta > TimeSpan.Zero));
        Assert.All(responses.Except(refused), r => Assert.Equal(HttpStatusCode.OK, r.StatusCode));
        Assert.NotEmpty(await TextAsync(server, 0, "hi"));
    }

    [Fact]
    public async Task Stopping_answers_those_who_have_asked()
    {
        await using TestServer server = await TestServer.StartAsync();
        Task<string>[] asked = [.. Enumerable.Range(0, 6).Select(i => TextAsync(server, i % 3, "goodbye", stream: i % 2 == 0))];
        await WaitAsync(() => server.Server.Inside > 0 || asked.All(t => t.IsCompleted));
        Task stopping = server.Server.StopAsync();
        int answered = 0;
        for (int i = 0; i < asked.Length; i++)
        {
            // A request that had not been read yet is refused, never cut.
            Exception? failure = await Record.ExceptionAsync(() => asked[i]);
            Assert.True(failure is null or HttpRequestException, failure?.ToString());
            if (failure is null)
            {
                Assert.Equal(server.Alone(i % 3, "goodbye").Text, await asked[i]);
                answered++;
            }
        }

        await stopping;
        Assert.True(answered > 0);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.PostAsync(TestServer.Ask(TestServer.Ids[0], "late")));
    }

    private static async Task<string> TextAsync(TestServer server, int model, string ticket, bool stream = false)
    {
        object body = TestServer.Ask(TestServer.Ids[model], ticket, stream);
        if (stream)
        {
            List<string> events = await server.StreamAsync(body);
            Assert.Equal("[DONE]", events[^1]);
            return string.Concat(events[..^2].Select(e => JsonElement.Parse(e).GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString()));
        }

        using HttpResponseMessage response = await server.PostAsync(body);
        response.EnsureSuccessStatusCode();
        JsonElement json = await response.Content.ReadFromJsonAsync<JsonElement>();
        return json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    private static async Task WaitAsync(Func<bool> reached)
    {
        for (int i = 0; i < 1000 && !reached(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(reached());
    }

    /// <summary>One value of the JSON in another's place.</summary>
    private static byte[] Replaced(byte[] json, string value, Random random)
    {
        var places = new List<(int Start, int End)>();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.EndArray or JsonTokenType.EndObject))
            {
                int start = (int)reader.TokenStartIndex;
                var inner = reader;
                inner.Skip();
                places.Add((start, (int)inner.BytesConsumed));
            }
        }

        (int from, int to) = places[random.Next(places.Count)];
        return [.. json[..from], .. Encoding.UTF8.GetBytes(value), .. json[to..]];
    }
}
