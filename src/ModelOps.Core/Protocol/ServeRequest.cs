using System.Text.Json;

namespace ModelOps.Core.Protocol;

/// <summary>What the server of <c>dotnet modelops serve</c> is started with: one file, named on its command line (<c>docs/serve.md</c>).</summary>
public sealed record ServeRequest
{
    /// <summary>Package folders, <c>.nupkg</c> files, or package ids with or without <c>@version</c>.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>Where packages are looked for by id: NuGet's folder of restored packages.</summary>
    public required string PackagesFolder { get; init; }

    /// <summary>Address to listen on; other than a loopback address only with an API key.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0: any free port.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Environment variable that holds the API key; null: no key is asked for.</summary>
    public string? ApiKeyVariable { get; init; }

    /// <summary>Requests that may wait beside those that are being answered; more are refused.</summary>
    public int MaxQueue { get; init; } = 64;

    /// <summary>Largest request body in bytes.</summary>
    public long MaxRequestBytes { get; init; } = 1 << 20;

    /// <summary>Seconds that requests under way get when the server is asked to stop.</summary>
    public int DrainSeconds { get; init; } = 20;

    /// <summary>Threads that compute for one base model; 0: all cores.</summary>
    public int Threads { get; init; }

    /// <summary>Requests that one base model answers together.</summary>
    public int MaxConcurrency { get; init; } = 16;

    /// <summary>Bytes for keys and values of all conversations of one base model.</summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <summary>Asks every package's sealed rows before listening.</summary>
    public bool ProbeParity { get; init; }

    /// <summary>Opens and probes everything, then ends without listening.</summary>
    public bool CheckOnly { get; init; }

    /// <summary>The line that says where the server listens is JSON.</summary>
    public bool Json { get; init; }

    public const int DefaultPort = 5273;

    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, WorkerJson.Options));

    /// <exception cref="JsonException">The file is no such request.</exception>
    public static ServeRequest Read(string path)
        => JsonSerializer.Deserialize<ServeRequest>(File.ReadAllBytes(path), WorkerJson.Options) ?? throw new JsonException("the request is null");
}
