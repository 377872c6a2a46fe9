using System.Runtime.ExceptionServices;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Persistent threads that run the numbered parts of a job. Callers split work by shape, never by thread count, and parts
/// write to disjoint places, so a result is the same bits for any number of threads. Handing out a job allocates nothing.
/// Each thread begins with a range of neighbouring parts, which it reads as one stream, and then helps the others from the end of theirs.
/// </summary>
/// <remarks>A call made from inside a part runs inline on that part's thread: kernels may nest without knowing.</remarks>
internal sealed class ThreadTeam : IDisposable
{
    // Some 300 µs, longer than the gap between two kernels of a step, looking every 40 ns: what a late look costs is paid at each of the hundred
    // products of a decoded token.
    private const int SpinRounds = 8000;

    // A ticket: number of the job, end of a thread's range of parts, and the next part of it. One word, so that taking a part proves that the
    // job is still the one whose body was read: the job's number comes round again only after 2^28 jobs.
    private const int PartBits = 18;
    private const int MaxParts = (1 << PartBits) - 1;
    private const long PartMask = MaxParts;

    // Tickets lie two cache lines apart, so that a thread that takes its own parts disturbs nobody.
    private const int TicketStride = 16;

    [ThreadStatic]
    private static bool t_insidePart;

    private readonly Thread[] _workers;
    private readonly long[] _tickets;
    private readonly Lock _dispatch = new();
    private readonly object _bed = new();
    private readonly object _end = new();
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
        _tickets = new long[(threads + 1) * TicketStride];
        for (var i = 0; i < _workers.Length; i++)
        {
            var self = i + 1;
            _workers[i] = new Thread(() => Work(self)) { IsBackground = true, Name = $"engine {i + 1}" };
            _workers[i].Start();
        }
    }

    public int Threads => _workers.Length + 1;

    /// <summary>Called again and again by threads that wait, for a fraction of a microsecond of something useful; whether there was any. Not for results.</summary>
    public Func<bool>? Meanwhile { get; set; }

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
            RunParts(0);
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

    private ref long Ticket(int thread) => ref _tickets[(thread + 1) * TicketStride];

    private long JobNumber(int thread) => Volatile.Read(ref Ticket(thread)) >>> (2 * PartBits);

    private void Start(int parts, Action<int> body)
    {
        _body = body;
        _remaining = parts;
        var job = (JobNumber(0) + 1) << (2 * PartBits);
        for (var thread = Threads - 1; thread > 0; thread--) Volatile.Write(ref Ticket(thread), job | Range(thread));
        // A full fence: the job must be visible before the sleepers are counted, or a worker sleeps through it.
        Interlocked.Exchange(ref Ticket(0), job | Range(0));
        if (Volatile.Read(ref _sleepers) == 0) return;
        lock (_bed) Monitor.PulseAll(_bed);

        long Range(int thread) => ((long)parts * (thread + 1) / Threads << PartBits) | ((long)parts * thread / Threads);
    }

    private void Work(int self)
    {
        long seen = 0;
        while (!_stopping)
        {
            for (var i = 0; i < SpinRounds && JobNumber(self) == seen && !_stopping; i++) Wait();
            if (JobNumber(self) == seen) Sleep(self, seen);
            seen = JobNumber(self);
            RunParts(self);
        }
    }

    private void Sleep(int self, long seen)
    {
        lock (_bed)
        {
            Interlocked.Increment(ref _sleepers);
            while (JobNumber(self) == seen && !_stopping) Monitor.Wait(_bed);
            Interlocked.Decrement(ref _sleepers);
        }
    }

    private void RunParts(int self)
    {
        t_insidePart = true;
        var done = RunRange(self, 1); // From the front of its own range, from the end of the others'.
        for (var other = 1; other < Threads; other++) done += RunRange((self + other) % Threads, -1L << PartBits);
        t_insidePart = false;
        if (done == 0 || Interlocked.Add(ref _remaining, -done) > 0 || !Volatile.Read(ref _callerSleeps)) return;
        lock (_end) Monitor.Pulse(_end);
    }

    /// <summary>Runs what is left of a range, until nothing is; returns how many parts that were.</summary>
    /// <param name="step">What taking a part adds to the ticket.</param>
    private int RunRange(int range, long step)
    {
        ref var ticket = ref Ticket(range);
        for (var done = 0; ;)
        {
            var seen = Volatile.Read(ref ticket);
            var body = Volatile.Read(ref _body);
            int next = (int)(seen & PartMask), end = (int)((seen >> PartBits) & PartMask);
            if (next >= end) return done;
            if (Interlocked.CompareExchange(ref ticket, seen + step, seen) != seen) continue;
            Run(body, step > 0 ? next : end - 1);
            done++;
        }
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
    }

    private void Wait()
    {
        if (Meanwhile?.Invoke() is not true) Thread.SpinWait(1);
    }

    private void WaitForAll()
    {
        for (var i = 0; i < SpinRounds && Volatile.Read(ref _remaining) > 0; i++) Wait();
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
