namespace ModelOps.Serve;

/// <summary>Counts the requests that are being answered or wait, and refuses what would make the queue longer than it may be.</summary>
/// <param name="most">Both together.</param>
internal sealed class RequestGate(int most)
{
    private int _inside;
    private volatile bool _closed;

    public int Inside => Volatile.Read(ref _inside);

    /// <exception cref="ApiError">429: the queue is full; 503: the server is being stopped.</exception>
    public Place Enter()
    {
        if (_closed)
        {
            throw new ApiError(503, "The server is being stopped.", code: "shutting_down") { RetryAfter = 5 };
        }

        if (Interlocked.Increment(ref _inside) > most)
        {
            Interlocked.Decrement(ref _inside);
            throw new ApiError(429, $"{most} requests are being answered or wait; ask again later.", code: "queue_full") { RetryAfter = 1 };
        }

        return new Place(this);
    }

    public void Close() => _closed = true;

    /// <summary>Given back when the request has ended.</summary>
    public readonly struct Place(RequestGate gate) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref gate._inside);
    }
}
