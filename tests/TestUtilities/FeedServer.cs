using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace ModelOps.TestUtilities;

/// <summary>A server of NuGet's protocol, version 3, in this process: service index, flat container, publish endpoint. It does on request what servers should not.</summary>
public sealed class FeedServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _end = new();

    public FeedServer()
    {
        Root = LoopbackListener.Start(_listener);
        _ = Task.Run(ServeAsync);
    }

    public string Root { get; }

    public string Index => Root + "v3/index.json";

    /// <summary>Packages by file name.</summary>
    public ConcurrentDictionary<string, byte[]> Packages { get; } = new(StringComparer.Ordinal);

    /// <summary>Why packages of an id should not be used any more.</summary>
    public ConcurrentDictionary<string, string> Deprecated { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Method and path of every request, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>What happens to a request, by its method and path; null: what should.</summary>
    public Func<string, FeedFault?> Fault { get; set; } = _ => null;

    /// <summary><c>user:password</c> that is asked for; null: anybody may read.</summary>
    public string? Credentials { get; set; }

    /// <summary>What pushing needs; null: nothing.</summary>
    public string? ApiKey { get; set; }

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
        try
        {
            string request = $"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath}";
            Requests.Enqueue(request);
            FeedFault? fault = Fault(request);
            if (fault == FeedFault.Hang)
            {
                await Task.Delay(TimeSpan.FromSeconds(30), _end.Token);
            }

            (int status, byte[] body) = fault == FeedFault.Error ? (500, []) : await ReplyAsync(context);
            context.Response.StatusCode = status;
            context.Response.ContentLength64 = body.Length;
            await context.Response.OutputStream.WriteAsync(fault == FeedFault.Truncate ? body.AsMemory(0, body.Length / 2) : body);
            if (fault == FeedFault.Truncate)
            {
                context.Response.Abort();
                return;
            }

            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            context.Response.Abort();
        }
    }

    private async Task<(int Status, byte[] Body)> ReplyAsync(HttpListenerContext context)
    {
        string path = context.Request.Url!.AbsolutePath;
        if (Credentials is not null && context.Request.Headers["Authorization"] != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Credentials)))
        {
            context.Response.AddHeader("WWW-Authenticate", "Basic realm=\"feed\"");
            return (401, []);
        }

        if (path == "/v3/index.json")
        {
            return (200, Encoding.UTF8.GetBytes($$"""{"version":"3.0.0","resources":[{"@id":"{{Root}}flat/","@type":"PackageBaseAddress/3.0.0"},{"@id":"{{Root}}publish","@type":"PackagePublish/2.0.0"},{"@id":"{{Root}}registration/","@type":"RegistrationsBaseUrl/3.6.0"}]}"""));
        }

        if (path.StartsWith("/registration/", StringComparison.Ordinal))
        {
            return Registration(path.Split('/')[^2]);
        }

        if (path.StartsWith("/flat/", StringComparison.Ordinal) && path.EndsWith("/index.json", StringComparison.Ordinal))
        {
            string[] versions = [.. VersionsOf(path.Split('/')[^2]).Select(version => $"\"{version}\"")];
            return versions.Length == 0 ? (404, []) : (200, Encoding.UTF8.GetBytes($"{{\"versions\":[{string.Join(',', versions)}]}}"));
        }

        if (path.StartsWith("/flat/", StringComparison.Ordinal))
        {
            return Packages.TryGetValue(path.Split('/')[^1], out byte[]? package) ? (200, package) : (404, []);
        }

        return path == "/publish" || path == "/publish/" ? await PublishAsync(context.Request) : (404, []);
    }

    private IEnumerable<string> VersionsOf(string id) => Packages.Keys
        .Where(name => name.StartsWith(id + ".", StringComparison.Ordinal) && char.IsAsciiDigit(name[id.Length + 1])).Select(name => name[(id.Length + 1)..^".nupkg".Length]).Order(StringComparer.Ordinal);

    /// <summary>What is known of a package's versions: one page of the registration resource.</summary>
    private (int Status, byte[] Body) Registration(string id)
    {
        string[] versions = [.. VersionsOf(id)];
        if (versions.Length == 0)
        {
            return (404, []);
        }

        string deprecation = Deprecated.TryGetValue(id, out string? reason) ? $$""","deprecation":{"reasons":["{{reason}}"],"message":"Use another."}""" : "";
        string leaves = string.Join(',', versions.Select(version =>
            $$"""{"@id":"{{Root}}leaf","catalogEntry":{"@id":"{{Root}}entry","id":"{{id}}","version":"{{version}}","listed":true{{deprecation}}},"packageContent":"{{Root}}flat/{{id}}/{{version}}/{{id}}.{{version}}.nupkg"}"""));
        return (200, Encoding.UTF8.GetBytes($$"""{"count":1,"items":[{"@id":"{{Root}}page","count":{{versions.Length}},"lower":"{{versions[0]}}","upper":"{{versions[^1]}}","items":[{{leaves}}]}]}"""));
    }

    private async Task<(int Status, byte[] Body)> PublishAsync(HttpListenerRequest request)
    {
        using var body = new MemoryStream();
        await request.InputStream.CopyToAsync(body);
        if (ApiKey is not null && request.Headers["X-NuGet-ApiKey"] != ApiKey)
        {
            return (403, []);
        }

        byte[] package = Unwrap(body.ToArray());
        return (Packages.TryAdd(NameOf(package), package) ? 201 : 409, []);
    }

    /// <summary>The one part of a multipart body: from the first local header of a zip file to the end of its directory.</summary>
    private static byte[] Unwrap(byte[] body)
    {
        int start = body.AsSpan().IndexOf("PK\u0003\u0004"u8);
        int end = body.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        return body[start..(end + 22)];
    }

    private static string NameOf(byte[] package)
    {
        using var archive = new System.IO.Compression.ZipArchive(new MemoryStream(package));
        using Stream nuspec = archive.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        System.Xml.Linq.XElement metadata = System.Xml.Linq.XElement.Load(nuspec).Elements().First();
        string Value(string name) => metadata.Elements().First(e => e.Name.LocalName == name).Value;
        return $"{Value("id")}.{Value("version")}.nupkg".ToLowerInvariant();
    }
}

public enum FeedFault
{
    Error,
    Hang,
    Truncate,
}
