namespace ModelOps.Backends.Endpoints;

/// <summary>Time and chance, so that waiting can be tested without waiting.</summary>
/// <param name="Jitter">A number from 0 to 1.</param>
internal sealed record EndpointClock(Func<DateTimeOffset> Now, Func<TimeSpan, CancellationToken, Task> Delay, Func<double> Jitter)
{
    public static EndpointClock System { get; } = new(() => DateTimeOffset.UtcNow, Task.Delay, Random.Shared.NextDouble);
}
