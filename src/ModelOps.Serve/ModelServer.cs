using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Serve;

/// <summary>An OpenAI-compatible endpoint over the models of packages.</summary>
internal sealed class ModelServer : IAsyncDisposable
{
    private readonly ServeRequest _request;
    private readonly ServedModels _models;
    private readonly RequestGate _gate;
    private readonly WebApplication _app;

    private ModelServer(ServeRequest request, IPAddress address, ApiKey? key, ServedModels models, Action<string> log)
    {
        _request = request;
        _models = models;
        _gate = new RequestGate(request.MaxConcurrency + request.MaxQueue);
        _app = Build(request, address);
        _app.Lifetime.ApplicationStopping.Register(_gate.Close);
        _app.Run(new RequestHandler(models, _gate, key, IPAddress.IsLoopback(address), log).HandleAsync);
    }

    /// <summary>Requests that are being answered or wait.</summary>
    public int Inside => _gate.Inside;

    /// <summary>Where it listens, once it does.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Opens all packages.</summary>
    /// <exception cref="DiagnosticException">A package cannot be served, or the address not without a key.</exception>
    public static ModelServer Open(ServeRequest request, Action<string> log)
    {
        IPAddress address = AddressOf(request);
        ApiKey? key = ApiKey.Of(request.ApiKeyVariable);
        if (key is null && !IPAddress.IsLoopback(address))
        {
            throw ServeErrors.KeyNeeded(request.Host);
        }

        ServedModels models = ServedModels.Open(request);
        return new ModelServer(request, address, key, models, log);
    }

    /// <exception cref="DiagnosticException"><c>MOPS7124</c>: the address cannot be had.</exception>
    public async Task StartAsync()
    {
        try
        {
            await _app.StartAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw ServeErrors.CannotListen(_request.Host, _request.Port, e.Message);
        }
    }

    public Task StopAsync() => _app.StopAsync();

    /// <summary>Serves until it is told to stop, by a signal or by the end of <paramref name="input"/>; requests under way are answered first.</summary>
    /// <returns>0</returns>
    public async Task<int> RunAsync(Stream input, TextWriter output)
    {
        if (_request.CheckOnly)
        {
            Announce(output, null);
            return 0;
        }

        await StartAsync().ConfigureAwait(false);
        Announce(output, Address);
        _ = Task.Run(async () =>
        {
            // Whoever started it has gone.
            while (await input.ReadAsync(new byte[64]).ConfigureAwait(false) > 0)
            {
            }

            _app.Lifetime.StopApplication();
        });
        await _app.WaitForShutdownAsync().ConfigureAwait(false);
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _models.Dispose();
    }

    private static WebApplication Build(ServeRequest request, IPAddress address)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = request.MaxRequestBytes;
            kestrel.Limits.MaxConcurrentConnections = 16 + 4L * (request.MaxConcurrency + request.MaxQueue);
            kestrel.Listen(address, request.Port);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(request.DrainSeconds));
        return builder.Build();
    }

    private static IPAddress AddressOf(ServeRequest request)
    {
        if (request.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback;
        }

        return IPAddress.TryParse(request.Host, out IPAddress? address) ? address
            : throw ServeErrors.CannotListen(request.Host, request.Port, "it is no IP address; 127.0.0.1, ::1 and 0.0.0.0 are some");
    }

    private void Announce(TextWriter output, Uri? address)
    {
        string[] names = [.. _models.Names.Select(entry => entry.Name)];
        output.WriteLine(_request.Json
            ? JsonSerializer.Serialize(new { verb = "serve", url = address is null ? null : new Uri(address, "v1").ToString(), models = names, apiKey = _request.ApiKeyVariable is not null }, WorkerJson.Options)
            : address is null ? $"{names.Length} names, all models opened and proved: {string.Join(", ", names)}"
            : $"listening on {new Uri(address, "v1")} as {string.Join(", ", names)}; Ctrl-C stops");
        output.Flush();
    }
}
