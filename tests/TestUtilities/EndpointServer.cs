using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities;

/// <summary>An OpenAI-compatible server in this process. It answers with a word of the question, and does on request what servers should not.</summary>
public sealed class EndpointServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _end = new();
    private int _count, _underWay;

    public EndpointServer()
    {
        Root = LoopbackListener.Start(_listener);
        _ = Task.Run(ServeAsync);
    }

    public string Root { get; }

    public string Url => Root + "v1";

    /// <summary>The bodies of all requests.</summary>
    public ConcurrentQueue<JsonNode> Requests { get; } = new();

    /// <summary>The last messages of requests that were answered well, in order.</summary>
    public ConcurrentQueue<string> Answered { get; } = new();

    /// <summary>The headers <c>Authorization</c> that came.</summary>
    public ConcurrentQueue<string?> Keys { get; } = new();

    /// <summary>What happens to a request, by its number from 0; null: it is answered.</summary>
    public Func<int, EndpointFault?> Fault { get; set; } = _ => null;

    /// <summary>The answer to a question.</summary>
    public Func<string, string> Say { get; set; } = question => question;

    /// <summary>The answer to a whole request, where its last message is not all that counts.</summary>
    public Func<JsonArray, string>? SayTo { get; set; }

    /// <summary>Headers of every reply.</summary>
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>How long an answer takes.</summary>
    public TimeSpan Work { get; set; }

    public bool TellsUsage { get; set; } = true;

    /// <summary>Most requests under way at one time.</summary>
    public int Busiest { get; private set; }

    public void Dispose()
    {
        if (_listener.IsListening)
        {
            _end.Cancel();
            _listener.Close();
            _end.Dispose();
        }
    }

    private async Task ServeAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                _ = Task.Run(() => AnswerAsync(context));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        lock (Headers)
        {
            Busiest = Math.Max(Busiest, ++_underWay);
        }

        try
        {
            JsonNode request = (await JsonNode.ParseAsync(context.Request.InputStream))!;
            Requests.Enqueue(request);
            Keys.Enqueue(context.Request.Headers["Authorization"]);
            await Task.Delay(Work, _end.Token);
            JsonArray messages = request["messages"]!.AsArray();
            string question = (string)messages[^1]!["content"]!, answer = SayTo?.Invoke(messages) ?? Say(question);
            if (Fault(Interlocked.Increment(ref _count) - 1) is { } fault)
            {
                await MisbehaveAsync(context, fault, question, answer);
                return;
            }

            Answered.Enqueue(question);
            bool streams = (bool?)request["stream"] == true;
            Leave(context, 200, streams ? Events(question, answer) : Reply(question, answer), streams ? "text/event-stream" : "application/json");
        }
        catch (Exception e) when (e is HttpListenerException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            context.Response.Abort();
        }
        finally
        {
            lock (Headers)
            {
                _underWay--;
            }
        }
    }

    private string Reply(string question, string answer)
    {
        var reply = new JsonObject
        {
            ["id"] = "chatcmpl-1",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["finish_reason"] = "stop", ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = answer } }),
        };
        if (TellsUsage)
        {
            reply["usage"] = new JsonObject { ["prompt_tokens"] = question.Length, ["completion_tokens"] = 2, ["total_tokens"] = question.Length + 2 };
        }

        return reply.ToJsonString();
    }

    /// <summary>The same as a stream, a character a piece.</summary>
    private string Events(string question, string answer)
    {
        JsonNode whole = JsonNode.Parse(Reply(question, answer))!;
        var events = new List<JsonObject>();
        foreach (char c in answer)
        {
            events.Add(Chunk(new JsonObject { ["content"] = c.ToString() }, null));
        }

        events.Add(Chunk([], "stop"));
        events.Add(new JsonObject { ["choices"] = new JsonArray(), ["usage"] = whole["usage"]?.DeepClone() });
        return ": ping\n\n" + string.Concat(events.Select(e => $"data: {e.ToJsonString()}\n\n")) + "data: [DONE]\n\n";

        static JsonObject Chunk(JsonObject delta, string? finish) => new() { ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }) };
    }

    private async Task MisbehaveAsync(HttpListenerContext context, EndpointFault fault, string question, string answer)
    {
        foreach ((string name, string value) in fault.Headers)
        {
            context.Response.AddHeader(name, value);
        }

        switch (fault.Kind)
        {
            case FaultKind.Status:
                Leave(context, fault.Status, fault.Body);
                break;
            case FaultKind.Garbage:
                Leave(context, 200, fault.Body);
                break;
            case FaultKind.Hang:
                await Task.Delay(TimeSpan.FromSeconds(30), _end.Token);
                break;
            case FaultKind.Close:
                context.Response.Abort();
                break;
            case FaultKind.HalfBody or FaultKind.CloseMidStream:
                byte[] body = Encoding.UTF8.GetBytes(fault.Body.Length > 0 ? fault.Body : Reply(question, answer));
                context.Response.SendChunked = fault.Kind == FaultKind.CloseMidStream;
                context.Response.ContentLength64 = fault.Kind == FaultKind.HalfBody ? body.Length : 0;
                context.Response.SendChunked = fault.Kind == FaultKind.CloseMidStream;
                await context.Response.OutputStream.WriteAsync(body.AsMemory(0, body.Length / 2));
                await context.Response.OutputStream.FlushAsync();
                context.Response.Abort();
                break;
        }
    }

    private void Leave(HttpListenerContext context, int status, string body, string type = "application/json")
    {
        foreach ((string name, string value) in Headers)
        {
            context.Response.AddHeader(name, value);
        }

        byte[] bytes = Encoding.UTF8.GetBytes(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength64 = bytes.Length;
        context.Response.OutputStream.Write(bytes);
        context.Response.Close();
    }
}

public enum FaultKind
{
    Status,
    Garbage,
    Hang,
    Close,
    HalfBody,
    CloseMidStream,
}

public sealed record EndpointFault(FaultKind Kind, int Status = 200, string Body = "")
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public static EndpointFault Error(int status, string code = "", params (string Name, string Value)[] headers)
        => new(FaultKind.Status, status, $$$"""{"error":{"message":"no","type":"t","code":"{{{code}}}"}}""") { Headers = headers.ToDictionary(h => h.Name, h => h.Value) };
}
