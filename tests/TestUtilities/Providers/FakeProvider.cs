using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

public sealed record FakeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>As it was sent, with its host and every escape.</summary>
    public Uri Address { get; init; } = new("https://nowhere.test");

    public string Route => $"{Method} {Path}";

    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <param name="Type">Content type.</param>
public sealed record FakeReply(int Status, byte[] Body, string Type = "application/json")
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public static FakeReply Ok(JsonNode body, int status = 200) => new(status, Encoding.UTF8.GetBytes(body.ToJsonString()));
}

public enum FakeFaultKind
{
    /// <summary>Nothing is carried out, and this status comes back.</summary>
    Status,

    /// <summary>The connection ends before anything is carried out.</summary>
    DropBefore,

    /// <summary>It is carried out, and the connection ends before the answer.</summary>
    DropAfter,

    /// <summary>It is carried out, and no answer comes for as long as anybody waits.</summary>
    Hang,

    /// <summary>It is carried out, and the answer is cut in half.</summary>
    HalfAnswer,
}

public sealed record FakeFault(FakeFaultKind Kind, int Status = 0, string Code = "")
{
    public Dictionary<string, string> Headers { get; init; } = [];
}

/// <summary>A request that the published specification does not allow.</summary>
public sealed class NotAllowedException(int status, string message, string code = "invalid_request_error", string? param = null) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    public string? Param => param;
}

/// <summary>
/// A provider in this process, reached through a message handler or a port. It is strict: what the specification does not name is refused. Every fault of a network
/// and of a server can be switched on for any request.
/// </summary>
public abstract class FakeProvider : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Lock _one = new();
    private int _count;

    public const string Key = "sk-canary-7f3d1c55e0";

    /// <summary>What happens to a request, by its number from 0; null: it is carried out and answered.</summary>
    public Func<FakeRequest, int, FakeFault?> Fault { get; set; } = (_, _) => null;

    /// <summary>All requests that came, faulty ones included.</summary>
    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    /// <summary>What was refused because the specification does not allow it.</summary>
    public ConcurrentQueue<string> NotAllowed { get; } = new();

    public HttpMessageHandler Handler => new InProcess(this);

    /// <summary>Listens on a port of this machine; the address of the API.</summary>
    public string Serve()
    {
        string root = LoopbackListener.Start(_listener);
        _ = Task.Run(ServeAsync);
        return root + "v1";
    }

    public void Dispose()
    {
        if (_listener.IsListening)
        {
            _listener.Close();
        }

        GC.SuppressFinalize(this);
    }

    public IEnumerable<FakeRequest> Of(string route) => Requests.Where(r => r.Route == route);

    /// <summary>Carries a request out. Only one at a time.</summary>
    protected abstract FakeReply Carry(FakeRequest request);

    protected virtual bool IsAuthorized(FakeRequest request) => request.Header("Authorization") == $"Bearer {Key}";

    protected virtual JsonObject ErrorBody(int status, string message, string code, string? param)
        => new() { ["error"] = new JsonObject { ["message"] = message, ["type"] = code, ["param"] = param, ["code"] = code } };

    /// <summary>The last word on an error, where its shape depends on who is asked.</summary>
    protected virtual FakeReply Refusal(FakeRequest request, FakeReply error) => error;

    internal FakeReply Handle(FakeRequest request, out FakeFault? fault)
    {
        lock (_one)
        {
            Requests.Enqueue(request);
            fault = Fault(request, _count++);
            if (fault is { Kind: FakeFaultKind.Status })
            {
                FakeReply failed = Refusal(request, Error(fault.Status, "fault", fault.Code));
                return failed with { Headers = failed.Headers.Concat(fault.Headers).ToDictionary() };
            }

            if (fault is { Kind: FakeFaultKind.DropBefore })
            {
                return new FakeReply(0, []);
            }

            try
            {
                return IsAuthorized(request) ? Carry(request) : Refusal(request, Error(401, $"Incorrect API key provided: {request.Header("Authorization")}", "invalid_api_key"));
            }
            catch (NotAllowedException e)
            {
                if (e.Status is not (404 or 409))
                {
                    NotAllowed.Enqueue($"{request.Route}: {e.Message}");
                }

                return Refusal(request, Error(e.Status, e.Message, e.Code, e.Param));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                NotAllowed.Enqueue($"{request.Route}: {e.Message}");
                return Refusal(request, Error(400, e.Message, "invalid_request_error"));
            }
        }
    }

    protected FakeReply Error(int status, string message, string code, string? param = null) => FakeReply.Ok(ErrorBody(status, message, code, param), status);

    /// <summary>Members that are there although nobody named them, or are not although they must be.</summary>
    protected static void Members(JsonObject json, string where, string[] required, string[] optional)
    {
        foreach (string name in json.Select(m => m.Key).Where(n => !required.Contains(n) && !optional.Contains(n)))
        {
            throw new NotAllowedException(400, $"Unrecognized request argument supplied: {where}{name}");
        }

        foreach (string name in required.Where(n => !json.ContainsKey(n)))
        {
            throw new NotAllowedException(400, $"Missing required parameter: {where}{name}");
        }
    }

    protected static void Query(FakeRequest request, params string[] allowed)
    {
        foreach (string name in request.Query.Keys.Where(n => !allowed.Contains(n) && !(n.StartsWith("metadata[", StringComparison.Ordinal) && allowed.Contains("metadata"))))
        {
            throw new NotAllowedException(400, $"Unknown query parameter: {name}");
        }
    }

    /// <summary>The parts of a form, by name; a file's name under <c>name:filename</c>.</summary>
    protected static Dictionary<string, byte[]> Form(FakeRequest request)
    {
        string type = request.Header("Content-Type") ?? "";
        int at = type.IndexOf("boundary=", StringComparison.Ordinal);
        if (!type.StartsWith("multipart/form-data", StringComparison.Ordinal) || at < 0)
        {
            throw new NotAllowedException(400, "expected multipart/form-data");
        }

        var parts = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        string text = Encoding.Latin1.GetString(request.Body), mark = "--" + type[(at + 9)..].Trim('"');
        foreach (string part in text.Split(mark)[1..^1])
        {
            int head = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            string[] said = part[..head].Split(';', '\r').Select(p => p.Trim()).ToArray();
            string name = said.First(p => p.StartsWith("name=", StringComparison.Ordinal))[5..].Trim('"');
            parts[name] = Encoding.Latin1.GetBytes(part[(head + 4)..^2]);
            if (said.FirstOrDefault(p => p.StartsWith("filename=", StringComparison.Ordinal)) is { } file)
            {
                parts[name + ":filename"] = Encoding.UTF8.GetBytes(file[9..].Trim('"'));
            }
        }

        return parts;
    }

    private static Dictionary<string, string> QueryOf(Uri address) => address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(p => p.Split('=', 2)).ToDictionary(p => Uri.UnescapeDataString(p[0]), p => Uri.UnescapeDataString(p.ElementAtOrDefault(1) ?? ""));

    private static string PathOf(Uri address) => Uri.UnescapeDataString(address.AbsolutePath) is var path && path.StartsWith("/v1/", StringComparison.Ordinal) ? path[3..] : path;

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
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
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        var headers = context.Request.Headers.AllKeys.ToDictionary(k => k!, k => context.Request.Headers[k]!, StringComparer.OrdinalIgnoreCase);
        FakeReply reply = Handle(new FakeRequest(context.Request.HttpMethod, PathOf(context.Request.Url!), QueryOf(context.Request.Url!), headers, body.ToArray())
        {
            Address = new Uri(new Uri($"http://{context.Request.UserHostName}"), context.Request.RawUrl),
        }, out FakeFault? fault);
        if (fault is { Kind: FakeFaultKind.DropBefore or FakeFaultKind.DropAfter or FakeFaultKind.Hang or FakeFaultKind.HalfAnswer })
        {
            context.Response.Abort();
            return;
        }

        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.Type;
        foreach ((string name, string value) in reply.Headers)
        {
            context.Response.AddHeader(name, value);
        }

        context.Response.Close(reply.Body, willBlock: true);
    }

    private sealed class InProcess(FakeProvider provider) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
            var headers = request.Headers.Concat(request.Content?.Headers.AsEnumerable() ?? []).ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase);
            FakeReply reply = provider.Handle(new FakeRequest(request.Method.Method, PathOf(request.RequestUri!), QueryOf(request.RequestUri!), headers, body) { Address = request.RequestUri! }, out FakeFault? fault);
            switch (fault?.Kind)
            {
                case FakeFaultKind.DropBefore or FakeFaultKind.DropAfter:
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
                case FakeFaultKind.Hang:
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    break;
            }

            var response = new HttpResponseMessage((HttpStatusCode)reply.Status)
            {
                Content = new ByteArrayContent(fault is { Kind: FakeFaultKind.HalfAnswer } ? reply.Body[..(reply.Body.Length / 2)] : reply.Body),
            };
            response.Content.Headers.TryAddWithoutValidation("Content-Type", reply.Type);
            foreach ((string name, string value) in reply.Headers)
            {
                response.Headers.TryAddWithoutValidation(name, value);
            }

            return response;
        }
    }
}
