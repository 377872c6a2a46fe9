namespace ModelOps.Backends.Endpoints;

/// <summary>When the next request may leave: one limit for all requests under way, because a server counts them together.</summary>
internal sealed class SendGate(EndpointClock clock)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _opens = DateTimeOffset.MinValue;

    /// <summary>Nothing leaves before this time has passed.</summary>
    public void Close(TimeSpan pause)
    {
        lock (_lock)
        {
            DateTimeOffset until = clock.Now() + pause;
            _opens = until > _opens ? until : _opens;
        }
    }

    public async Task PassAsync(CancellationToken cancellation)
    {
        while (Wait() is var wait && wait > TimeSpan.Zero)
        {
            await clock.Delay(wait, cancellation).ConfigureAwait(false);
        }
    }

    private TimeSpan Wait()
    {
        lock (_lock)
        {
            return _opens - clock.Now();
        }
    }
}
