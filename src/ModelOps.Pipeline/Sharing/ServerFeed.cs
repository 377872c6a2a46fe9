using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using NuGet.Common;
using NuGet.Configuration;
using NuGet.Protocol;
using NuGet.Protocol.Core.Types;

namespace ModelOps.Pipeline.Sharing;

/// <summary>A server of NuGet's protocol, version 3: the flat container for reading, the publish endpoint for writing. Proxy, credentials and retries are NuGet's own.</summary>
internal sealed class ServerFeed : ICacheFeed
{
    private const int Tries = 3;
    private static readonly TimeSpan s_upload = TimeSpan.FromMinutes(10);
    private static readonly SourceCacheContext s_context = new() { NoCache = true, DirectDownload = true };
    private readonly PackageSource _source;
    private readonly TimeSpan _timeout;
    private readonly Func<string?> _apiKey;
    private readonly SourceRepository _repository;
    private readonly Lock _lock = new();
    private Task<IReadOnlyDictionary<string, string>>? _index;

    public ServerFeed(PackageSource source, TimeSpan timeout, Func<string?> apiKey)
    {
        (_source, _timeout, _apiKey) = (source, timeout, apiKey);
        _repository = Repository.Factory.GetCoreV3(source);
    }

    public string Name => _source.Name;

    public async Task<bool> HasAsync(CachePackageId package, CancellationToken cancellation)
    {
        string container = await EndpointAsync("PackageBaseAddress/3.0.0", cancellation).ConfigureAwait(false);
        HttpSource http = await HttpAsync(cancellation).ConfigureAwait(false);
        return await http.ProcessStreamAsync(Request($"{container.TrimEnd('/')}/{package.Id}/index.json"), ListsAsync, s_context, NullLogger.Instance, cancellation).ConfigureAwait(false);

        async Task<bool> ListsAsync(Stream? answer)
        {
            if (answer is null)
            {
                return false;
            }

            using JsonDocument list = await JsonDocument.ParseAsync(answer, default, cancellation).ConfigureAwait(false);
            return list.RootElement.GetProperty("versions").EnumerateArray().Any(version => string.Equals(version.GetString(), package.Version, StringComparison.OrdinalIgnoreCase));
        }
    }

    public async Task<bool> DownloadAsync(CachePackageId package, string file, CancellationToken cancellation)
    {
        string container = await EndpointAsync("PackageBaseAddress/3.0.0", cancellation).ConfigureAwait(false);
        string address = $"{container.TrimEnd('/')}/{package.Id}/{package.Version}/{package.FileName}";
        HttpSource http = await HttpAsync(cancellation).ConfigureAwait(false);
        return await http.ProcessStreamAsync(Request(address), SaveAsync, s_context, NullLogger.Instance, cancellation).ConfigureAwait(false);

        async Task<bool> SaveAsync(Stream? answer)
        {
            if (answer is null)
            {
                return false;
            }

            using FileStream target = new(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
            await answer.CopyToAsync(target, cancellation).ConfigureAwait(false);
            return true;
        }
    }

    public async Task<bool> UploadAsync(CachePackageId package, string file, CancellationToken cancellation)
    {
        string address = await EndpointAsync("PackagePublish/2.0.0", cancellation).ConfigureAwait(false);
        HttpSource http = await HttpAsync(cancellation).ConfigureAwait(false);
        var request = new HttpSourceRequest(() => Put(address, file)) { MaxTries = Tries, RequestTimeout = s_upload, DownloadTimeout = _timeout };
        return await http.ProcessResponseAsync(request, Answer, s_context, NullLogger.Instance, cancellation).ConfigureAwait(false);

        static Task<bool> Answer(HttpResponseMessage response)
        {
            if (response.StatusCode == HttpStatusCode.Conflict)
            {
                return Task.FromResult(false);
            }

            response.EnsureSuccessStatusCode();
            return Task.FromResult(true);
        }
    }

    private HttpRequestMessage Put(string address, string file)
    {
        HttpRequestMessage request = HttpRequestMessageFactory.Create(HttpMethod.Put, address, NullLogger.Instance);
        var package = new StreamContent(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read));
        package.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content = new MultipartFormDataContent { { package, "package", "package.nupkg" } };
        if (_apiKey() is { Length: > 0 } key)
        {
            request.Headers.Add(ProtocolConstants.ApiKeyHeader, key);
        }

        return request;
    }

    private HttpSourceRequest Request(string address) => new(address, NullLogger.Instance)
    {
        IgnoreNotFounds = true,
        MaxTries = Tries,
        RequestTimeout = _timeout,
        DownloadTimeout = _timeout,
    };

    private async Task<HttpSource> HttpAsync(CancellationToken cancellation)
        => (await _repository.GetResourceAsync<HttpSourceResource>(cancellation).ConfigureAwait(false))?.HttpSource ?? throw new InvalidDataException("it is no server");

    private async Task<string> EndpointAsync(string type, CancellationToken cancellation)
    {
        Task<IReadOnlyDictionary<string, string>> index;
        lock (_lock)
        {
            index = _index ??= IndexAsync(cancellation);
        }

        return (await index.ConfigureAwait(false)).GetValueOrDefault(type) ?? throw new InvalidDataException($"its service index has no {type}");
    }

    /// <summary>Not NuGet's own copy on the disk: a feed that is dead now is to be found out now, and within the timeout.</summary>
    private async Task<IReadOnlyDictionary<string, string>> IndexAsync(CancellationToken cancellation)
    {
        HttpSource http = await HttpAsync(cancellation).ConfigureAwait(false);
        return await http.ProcessStreamAsync(Request(_source.Source), ReadAsync, s_context, NullLogger.Instance, cancellation).ConfigureAwait(false);

        async Task<IReadOnlyDictionary<string, string>> ReadAsync(Stream? answer)
        {
            using JsonDocument index = await JsonDocument.ParseAsync(answer ?? throw new InvalidDataException("there is no service index at this address"), default, cancellation).ConfigureAwait(false);
            var found = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonElement resource in index.RootElement.GetProperty("resources").EnumerateArray())
            {
                found.TryAdd(resource.GetProperty("@type").GetString()!, resource.GetProperty("@id").GetString()!);
            }

            return found;
        }
    }
}
