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
}
