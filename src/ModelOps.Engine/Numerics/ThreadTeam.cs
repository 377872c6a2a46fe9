using System.Runtime.ExceptionServices;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Persistent threads that run the numbered parts of a job. Callers split work by shape, never by thread count, and parts
/// write to disjoint places, so a result is the same bits for any number of threads. Handing out a job allocates nothing.
/// </summary>
/// <remarks>A call made from inside a part runs inline on that part's thread: kernels may nest without knowing.</remarks>
internal sealed class ThreadTeam : IDisposable
{
    // About 20 µs: longer than the gap between two kernels of a step, shorter than a scheduler's time slice.
    private const int SpinRounds = 400;
    private const int SpinLength = 20;

    // _ticket: number of the job, its parts, and the next part to take. One word, so that taking a part proves that the job is still the one
    // whose body was read: the job's number comes round again only after 2^28 jobs.
    private const int PartBits = 18;
    private const int MaxParts = (1 << PartBits) - 1;
    private const long PartMask = MaxParts;

    [ThreadStatic]
    private static bool t_insidePart;

    private readonly Thread[] _workers;
    private readonly Lock _dispatch = new();
    private readonly object _bed = new();
    private readonly object _end = new();
    private long _ticket;
    private Action<int> _body = static _ => { };
    private ExceptionDispatchInfo? _failure;
    private int _remaining;
    private int _sleepers;
    private bool _callerSleeps;
    private volatile bool _stopping;

    /// <param name="threads">Threads that work at the same time, the caller's included.</param>
    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _workers = new Thread[threads - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Work) { IsBackground = true, Name = $"engine {i + 1}" };
            _workers[i].Start();
        }
    }

    public int Threads => _workers.Length + 1;

    /// <summary>Whether a call of <see cref="For"/> from this thread would run all parts on it.</summary>
    public bool RunsInline => _workers.Length == 0 || t_insidePart;

    /// <summary>Runs <paramref name="body"/> once for every part in [0, parts) and returns when all have ended.</summary>
    /// <remarks>The first exception of a part is thrown here after the other parts have ended.</remarks>
    public void For(int parts, Action<int> body)
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (parts <= 1 || RunsInline)
        {
            for (var part = 0; part < parts; part++) body(part);
            return;
        }

        if (parts > MaxParts)
        {
            For(MaxParts, body);
            For(parts - MaxParts, part => body(part + MaxParts));
            return;
        }

        lock (_dispatch)
        {
            Start(parts, body);
            RunParts();
            WaitForAll();
            if (Interlocked.Exchange(ref _failure, null) is { } failure) failure.Throw();
        }
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        lock (_bed) Monitor.PulseAll(_bed);
        foreach (var worker in _workers) worker.Join();
    }

    private long JobNumber => Volatile.Read(ref _ticket) >>> (2 * PartBits);

    private void Start(int parts, Action<int> body)
    {
        _body = body;
        _remaining = parts;
        // A full fence: the job must be visible before the sleepers are counted, or a worker sleeps through it.
        Interlocked.Exchange(ref _ticket, ((JobNumber + 1) << (2 * PartBits)) | ((long)parts << PartBits));
        if (Volatile.Read(ref _sleepers) == 0) return;
        lock (_bed) Monitor.PulseAll(_bed);
    }

    private void Work()
    {
        long seen = 0;
        while (!_stopping)
        {
            for (var i = 0; i < SpinRounds && JobNumber == seen && !_stopping; i++) Thread.SpinWait(SpinLength);
            if (JobNumber == seen) Sleep(seen);
            seen = JobNumber;
            RunParts();
        }
    }

    private void Sleep(long seen)
    {
        lock (_bed)
        {
            Interlocked.Increment(ref _sleepers);
            while (JobNumber == seen && !_stopping) Monitor.Wait(_bed);
            Interlocked.Decrement(ref _sleepers);
        }
    }

    private void RunParts()
    {
        t_insidePart = true;
        while (true)
        {
            var ticket = Volatile.Read(ref _ticket);
            var body = Volatile.Read(ref _body);
            var part = (int)(ticket & PartMask);
            if (part >= (int)((ticket >> PartBits) & PartMask)) break;
            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) == ticket) Run(body, part);
        }

        t_insidePart = false;
    }

    private void Run(Action<int> body, int part)
    {
        try
        {
            body(part);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }

        if (Interlocked.Decrement(ref _remaining) > 0 || !Volatile.Read(ref _callerSleeps)) return;
        lock (_end) Monitor.Pulse(_end);
    }

    private void WaitForAll()
    {
        for (var i = 0; i < SpinRounds && Volatile.Read(ref _remaining) > 0; i++) Thread.SpinWait(SpinLength);
        if (Volatile.Read(ref _remaining) == 0) return;
        lock (_end)
        {
            _callerSleeps = true;
            Interlocked.MemoryBarrier(); // Seen before the parts are counted: the last one either sees it or is counted.
            while (Volatile.Read(ref _remaining) > 0) Monitor.Wait(_end);
            _callerSleeps = false;
        }
    }
}
