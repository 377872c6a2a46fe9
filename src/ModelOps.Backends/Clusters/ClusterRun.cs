using System.Globalization;
using ModelOps.Backends.Endpoints;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Clusters;

/// <summary>A piece of work for a cluster.</summary>
/// <param name="Name">The job's name, made from the key of the work.</param>
/// <param name="Folder">On a file system that every node sees.</param>
/// <param name="Prepare">Writes the script and what it needs, before a job is submitted; may be called again.</param>
/// <param name="Output">Reads what the work says.</param>
public sealed record ClusterWork(string Name, RunFolder Folder, Action Prepare, IRunOutput Output)
{
    /// <summary>False: a job is submitted, and a later build collects its result.</summary>
    public bool Wait { get; init; } = true;

    /// <summary>Who gives up waiting ends the job as well.</summary>
    public bool CancelOnExit { get; init; }

    /// <summary>For people: whose job it is.</summary>
    public string Project { get; init; } = "";

    /// <summary>Results of earlier jobs do not count.</summary>
    public bool Force { get; init; }
}

/// <summary>How a piece of work on a cluster ended.</summary>
/// <param name="ExitCode">Of its command; null when nobody waits for it.</param>
/// <param name="Job">The job as it was seen last; null when there was nothing left to do.</param>
public sealed record ClusterResult(int? ExitCode, ClusterJob? Job);

/// <summary>
/// One piece of work on a cluster: a job that is there already is followed, whoever submitted it, on whichever machine; else one is submitted. When the cluster takes its machine
/// away it is submitted again, as long as it gets on. Decision 0330.
/// </summary>
public sealed class ClusterRun
{
    private const int Tries = 5, Stalls = 3, Misses = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10), s_settle = TimeSpan.FromMinutes(1);
    private readonly ICluster _cluster;
    private readonly ClusterWork _work;
    private readonly IStageLog _log;
    private readonly EndpointClock _clock;
    private RunReader _reader;
    private string _shown = "";
    private string _reached = "";
    private int _stalls;

    public ClusterRun(ICluster cluster, ClusterWork work, IStageLog log)
        : this(cluster, work, log, EndpointClock.System)
    {
    }

    internal ClusterRun(ICluster cluster, ClusterWork work, IStageLog log, EndpointClock clock)
        => (_cluster, _work, _log, _clock, _reader) = (cluster, work, log, clock, new RunReader(work.Folder, work.Output));

    /// <exception cref="DiagnosticException">The work cannot be brought to an end there: MOPS3170 to MOPS3177.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits any more; the job goes on, unless it was to be ended.</exception>
    public async Task<ClusterResult> RunAsync(CancellationToken cancellation)
    {
        ClusterJob? job = await LiveAsync(cancellation).ConfigureAwait(false);
        if (_work.Force)
        {
            job = await StartOverAsync(job, cancellation).ConfigureAwait(false);
        }

        if (job is null && _work.Folder.IsDone)
        {
            Tell(_reader.Finish());
            return new ClusterResult(0, null);
        }

        _reached = _work.Folder.Progress;
        if (job is not null)
        {
            _log.Message($"  {_work.Project}: follows the job {job.Id} at {_cluster.Title}, which is there already", important: true);
        }

        job ??= await SubmitAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            if (!_work.Wait && !job.IsOver && !_work.Folder.IsDone)
            {
                return new ClusterResult(null, job);
            }

            job = await FollowAsync(job, cancellation).ConfigureAwait(false);
            if (Outcome(job) is { } code)
            {
                return new ClusterResult(code, job);
            }

            _log.Message($"  {_work.Project}: the job {job.Id} ended as {ForeignText.Clean(job.Status)}; it is submitted again and goes on from its checkpoint", important: true);
            job = await LiveAsync(cancellation).ConfigureAwait(false) ?? await SubmitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<ClusterJob?> StartOverAsync(ClusterJob? job, CancellationToken cancellation)
    {
        while (job is not null)
        {
            string id = job.Id;
            await PatientlyAsync(() => _cluster.CancelAsync(id, cancellation), cancellation).ConfigureAwait(false);
            await _clock.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(false);
            job = await LiveAsync(cancellation).ConfigureAwait(false);
        }

        _work.Folder.Delete();
        return null;
    }

    // Of several the eldest counts: on whichever machine one looks, it is the same.
    private async Task<ClusterJob?> LiveAsync(CancellationToken cancellation)
        => (await PatientlyAsync(() => _cluster.FindAsync(_work.Name, cancellation), cancellation).ConfigureAwait(false)).Where(j => !j.IsOver).OrderBy(Age).FirstOrDefault();

    private async Task<ClusterJob> SubmitAsync(CancellationToken cancellation)
    {
        _work.Folder.Clear();
        _work.Prepare();
        _reader = new RunReader(_work.Folder, _work.Output);
        var order = new ClusterOrder(_work.Name, _work.Folder.Script, _work.Folder.Path);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                // Who is interrupted here must know afterwards whether there is a job.
                string id = await _cluster.SubmitAsync(order, CancellationToken.None).ConfigureAwait(false);
                _log.Message($"  {_work.Project}: submitted to {_cluster.Title} as job {id}", important: true);
                return await OnlyOneAsync(new ClusterJob(id, ClusterState.Waiting, "submitted"), cancellation).ConfigureAwait(false);
            }
            catch (ClusterSilentException e)
            {
                await _clock.Delay(TimeSpan.FromSeconds(5 * attempt), cancellation).ConfigureAwait(false);
                if (await LiveAsync(cancellation).ConfigureAwait(false) is { } made)
                {
                    return made;
                }

                // It may also have been made and be over by now.
                if (_work.Folder.IsDone)
                {
                    return new ClusterJob("", ClusterState.Ended, "done");
                }

                if (attempt == Tries)
                {
                    throw ClusterErrors.Silent(_cluster.Title, TimeSpan.FromMinutes(1), e.Message);
                }
            }
        }
    }

    // Two machines may have looked at the same moment. The younger job has not begun: a job waits for its namesakes.
    private async Task<ClusterJob> OnlyOneAsync(ClusterJob mine, CancellationToken cancellation)
    {
        try
        {
            ClusterJob eldest = await LiveAsync(cancellation).ConfigureAwait(false) ?? mine;
            if (Age(eldest).CompareTo(Age(mine)) >= 0)
            {
                return mine;
            }

            await PatientlyAsync(() => _cluster.CancelAsync(mine.Id, cancellation), cancellation).ConfigureAwait(false);
            return eldest;
        }
        catch (OperationCanceledException)
        {
            return mine; // Whoever follows it sees the same, and knows what to do with a job.
        }
    }

    private async Task<ClusterJob> FollowAsync(ClusterJob job, CancellationToken cancellation)
    {
        DateTimeOffset begun = _clock.Now();
        int missed = 0;
        try
        {
            while (!_work.Folder.IsDone && missed < Misses && !job.IsOver)
            {
                IReadOnlyList<ClusterJob> jobs = await PatientlyAsync(() => _cluster.FindAsync(_work.Name, cancellation), cancellation).ConfigureAwait(false);
                ClusterJob? now = jobs.FirstOrDefault(j => j.Id == job.Id);
                missed = now is null ? missed + 1 : 0;
                job = now ?? job;
                Show(job);
                Tell(_reader.Pump());
                TimeSpan pause = TimeSpan.FromSeconds(_clock.Now() - begun < TimeSpan.FromMinutes(1) ? 1 : 10);
                await _clock.Delay(job.IsOver ? TimeSpan.Zero : pause, cancellation).ConfigureAwait(false);
            }

            await SettleAsync(job, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_work.CancelOnExit)
        {
            await _cluster.CancelAsync(job.Id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException)
        {
            _log.Message($"  {_work.Project}: the job {job.Id} goes on at {_cluster.Title}; the next build follows it", important: true);
            throw;
        }

        Tell(_reader.Finish());
        return job.IsOver ? job : job with { State = _work.Folder.IsDone ? ClusterState.Ended : ClusterState.Unknown, Status = _work.Folder.IsDone ? "done" : "gone" };
    }

    // A shared file system may show late what a node wrote.
    private async Task SettleAsync(ClusterJob job, CancellationToken cancellation)
    {
        DateTimeOffset end = _clock.Now() + s_settle;
        while (job.State == ClusterState.Ended && !_work.Folder.IsDone && _work.Folder.Latest?.ExitCode is null && _clock.Now() < end)
        {
            await _clock.Delay(TimeSpan.FromSeconds(5), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The exit code of the work; null when it has not come to its end and may go on.</summary>
    private int? Outcome(ClusterJob job)
    {
        const int interrupted = 130, terminated = 143;
        if (_work.Folder.IsDone)
        {
            return 0;
        }

        switch (job.State)
        {
            case ClusterState.Cancelled:
                throw ClusterErrors.Cancelled(_cluster.Title, job.Id);
            case ClusterState.OutOfMemory:
                throw ClusterErrors.OutOfMemory(_cluster.Title, job.Id);
            case ClusterState.Ended when _work.Folder.Attempts.Count == 0:
                throw ClusterErrors.NotStarted(_cluster.Title, job.Id, _work.Folder.Path, job.Status);
        }

        if (_work.Folder.Latest?.ExitCode is { } code and not (interrupted or terminated))
        {
            return code;
        }

        string reached = _work.Folder.Progress;
        _stalls = reached == _reached ? _stalls + 1 : 0;
        _reached = reached;
        return _stalls >= (job.State == ClusterState.OutOfTime ? 1 : Stalls)
            ? throw ClusterErrors.NoProgress(_cluster.Title, job.Id, job.Status, _stalls) : null;
    }

    private Task PatientlyAsync(Func<Task> ask, CancellationToken cancellation)
        => PatientlyAsync(
            async () =>
            {
                await ask().ConfigureAwait(false);
                return true;
            },
            cancellation);

    private async Task<T> PatientlyAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        DateTimeOffset begun = _clock.Now();
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (ClusterSilentException e)
            {
                if (_clock.Now() - begun > s_patience)
                {
                    throw ClusterErrors.Silent(_cluster.Title, s_patience, e.Message);
                }

                _log.Message($"  {_work.Project}: {_cluster.Title} does not answer: {ForeignText.Clean(e.Message)}", important: attempt == 1);
                await _clock.Delay(TimeSpan.FromSeconds(Math.Min(60, 5 * attempt)), cancellation).ConfigureAwait(false);
            }
        }
    }

    private void Show(ClusterJob job)
    {
        if (job.Status != _shown)
        {
            _shown = job.Status;
            _log.Message($"  {_work.Project}: job {job.Id} at {_cluster.Title}: {ForeignText.Clean(job.Status)}", important: true);
        }
    }

    private void Tell(IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            _log.Message($"  {_cluster.Title}: {ForeignText.Clean(line, 500)}");
        }
    }

    private static (long Number, string Text) Age(ClusterJob job) => (long.TryParse(job.Id, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : long.MaxValue, job.Id);
}
