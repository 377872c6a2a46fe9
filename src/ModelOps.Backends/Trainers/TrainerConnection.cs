using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Trainers;

/// <summary>How a trainer elsewhere is reached.</summary>
/// <param name="Url">Up to and with the version.</param>
/// <param name="Environment">Reads an environment variable: where keys are, and the only place.</param>
/// <param name="KeyVariable">Name of the variable with the key.</param>
public sealed record TrainerConnection(Uri Url, string KeyVariable, Func<string, string?> Environment)
{
    /// <summary>How long one request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Replaces the network in tests.</summary>
    public HttpMessageHandler? Handler { get; init; }

    internal EndpointClock Clock { get; init; } = EndpointClock.System;

    /// <summary>The value of <see cref="KeyVariable"/>.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3103</c>: it is not set.</exception>
    internal string Key(string trainer) => Required(trainer, KeyVariable);

    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3103</c>: the variable is not set.</exception>
    internal string Required(string trainer, string variable) => Environment(variable) is { } value && value.Trim() is { Length: > 0 } text ? text : throw TrainerErrors.NoKey(trainer, variable);

    /// <param name="largest">Longest answer that is read into memory, in bytes.</param>
    internal HttpClient NewClient(int largest)
    {
        // A redirect would take the key to another server.
        HttpMessageHandler handler = Handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        return new HttpClient(handler, disposeHandler: Handler is null) { Timeout = System.Threading.Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = largest };
    }
}
