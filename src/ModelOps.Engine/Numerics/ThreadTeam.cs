using System.Runtime.ExceptionServices;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Persistent threads that run the numbered parts of a job. Callers split work by shape, never by thread count, and parts
/// write to disjoint places, so a result is the same bits for any number of threads.
/// </summary>
/// <remarks>A call made from inside a part runs inline on that part's thread: kernels may nest without knowing.</remarks>
internal sealed class ThreadTeam : IDisposable
{
    // About 20 µs: longer than the gap between two kernels of a step, shorter than a scheduler's time slice.
    private const int SpinRounds = 400;
    private const int SpinLength = 20;

    [ThreadStatic]
    private static bool t_insidePart;

    private readonly Thread[] _workers;
    private readonly Lock _dispatch = new();
    private readonly object _bed = new();
    private volatile Job? _job;
    private volatile bool _stopping;
    private int _sleepers;

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

        lock (_dispatch)
        {
            var job = new Job(parts, body);
            _job = job;
            Interlocked.MemoryBarrier(); // The job must be visible before the sleepers are counted, or a worker sleeps through it.
            if (Volatile.Read(ref _sleepers) > 0)
            {
                lock (_bed) Monitor.PulseAll(_bed);
            }

            RunParts(job);
            job.WaitForAll();
            job.Failure?.Throw();
        }
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        lock (_bed) Monitor.PulseAll(_bed);
        foreach (var worker in _workers) worker.Join();
    }

    private void Work()
    {
        Job? seen = null;
        while (!_stopping)
        {
            for (var i = 0; i < SpinRounds && _job == seen && !_stopping; i++) Thread.SpinWait(SpinLength);
            if (_job == seen) Sleep(seen);
            var job = _job;
            if (job == seen || job is null) continue;
            seen = job;
            RunParts(job);
        }
    }

    private void Sleep(Job? seen)
    {
        lock (_bed)
        {
            Interlocked.Increment(ref _sleepers);
            while (_job == seen && !_stopping) Monitor.Wait(_bed);
            Interlocked.Decrement(ref _sleepers);
        }
    }

    private static void RunParts(Job job)
    {
        t_insidePart = true;
        try
        {
            job.Run();
        }
        finally
        {
            t_insidePart = false;
        }
    }

    private sealed class Job(int parts, Action<int> body)
    {
        private readonly object _end = new();
        private readonly int _parts = parts;
        private int _next;
        private int _remaining = parts;
        private ExceptionDispatchInfo? _failure;

        public ExceptionDispatchInfo? Failure => _failure;

        public void Run()
        {
            for (var part = Interlocked.Increment(ref _next) - 1; part < _parts; part = Interlocked.Increment(ref _next) - 1)
            {
                try
                {
                    body(part);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
                }

                if (Interlocked.Decrement(ref _remaining) == 0)
                {
                    lock (_end) Monitor.Pulse(_end);
                }
            }
        }

        public void WaitForAll()
        {
            for (var i = 0; i < SpinRounds && Volatile.Read(ref _remaining) > 0; i++) Thread.SpinWait(SpinLength);
            lock (_end)
            {
                while (Volatile.Read(ref _remaining) > 0) Monitor.Wait(_end);
            }
        }
    }
}
