using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Tests;

/// <summary>Time that passes only where somebody waits.</summary>
internal sealed class VirtualClock
{
    private readonly Lock _lock = new();

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>What was waited for, in seconds.</summary>
    public List<double> Waits { get; } = [];

    public EndpointClock Clock => new(() => Now, Wait, () => 0);

    private Task Wait(TimeSpan time, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            Waits.Add(Math.Round(time.TotalSeconds, 3));
            Now += time;
        }

        return Task.CompletedTask;
    }
}
