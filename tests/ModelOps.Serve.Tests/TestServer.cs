using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;

namespace ModelOps.Serve.Tests;

/// <summary>A server in this process over three adapters on one random base, and what each of them answers alone.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public static readonly string[] Ids = ["Contoso.One", "Contoso.Two", "Contoso.Three"];
    private readonly ModelsFolder _models = new();
    private readonly ModelServer _server;
    private readonly string[] _folders;

    private TestServer(Func<ServeRequest, ServeRequest> change, List<string> log)
    {
        Log = log;
        _folders = [.. Ids.Select((id, i) => _models.MakeAdapter(id, $"1.{i}.0", seed: i + 1))];
        _server = ModelServer.Open(change(new ServeRequest { Packages = _folders, PackagesFolder = _models["packages"], Port = 0, Threads = 2 }), log.Add);
    }

    public ModelServer Server => _server;

    public Uri Address => _server.Address;

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    public string this[string file] => _models[file];

    public List<string> Log { get; }

    public static async Task<TestServer> StartAsync(Func<ServeRequest, ServeRequest>? change = null)
    {
        var server = new TestServer(change ?? (request => request), []);
        await server._server.StartAsync();
        server.Client.BaseAddress = server.Address;
        return server;
    }

    public Task<HttpResponseMessage> PostAsync(object body) => Client.PostAsJsonAsync("v1/chat/completions", body);

    public async Task<(int Status, JsonElement Json)> PostRawAsync(byte[] body, string type = "application/json")
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using HttpResponseMessage response = await Client.PostAsync("v1/chat/completions", content);
        byte[] said = await response.Content.ReadAsByteArrayAsync();
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType == "application/json" ? JsonElement.Parse(said) : default);
    }

    public Task<(int Status, JsonElement Json)> PostRawAsync(string body) => PostRawAsync(Encoding.UTF8.GetBytes(body));

    /// <summary>The events of a stream, the closing one included.</summary>
    public async Task<List<string>> StreamAsync(object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(body) };
        using HttpResponseMessage response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        string[] events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, e => Assert.StartsWith("data: ", e, StringComparison.Ordinal));
        return [.. events.Select(e => e["data: ".Length..])];
    }

    /// <summary>The engine's own answer, asked alone.</summary>
    public GeneratedRow Alone(int model, string user, GenerationOptions? options = null)
    {
        using ChatModel chat = ChatModel.Open(_models.Base, _folders[model]);
        using var generator = new Generator(chat.Model, chat.Adapter, threads: 1);
        int[] prompt = chat.EncodePrompt(ChatConversation.FromMessages([("user", user)]));
        return generator.Generate([new GenerationPrompt(prompt)], chat.Complete(options ?? new GenerationOptions { MaxNewTokens = 12 }))[0];
    }

    public static object Ask(string model, string user, bool stream = false) => new { model, stream, messages = new[] { new { role = "user", content = user } } };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.StopAsync();
        await _server.DisposeAsync();
        _models.Dispose();
    }
}
