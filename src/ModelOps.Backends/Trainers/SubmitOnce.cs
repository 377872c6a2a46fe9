using System.Globalization;
using ModelOps.Backends.Endpoints;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Trainers;

/// <summary>
/// One paid job for one key. An intent is written before the request, the provider's own list is asked before that, a creation is never repeated while a job may
/// exist, and of two jobs that two machines made at once the older one stays.
/// </summary>
internal sealed class SubmitOnce(RemoteRequest request, IRemoteTrainer trainer, TrainingEstimate estimate, IStageLog log, CancellationToken cancellation)
{
    private const int Creations = 8, Doubts = 2;
    private static readonly TimeSpan[] s_looks = [.. new[] { 1, 2, 4, 8, 16, 32 }.Select(s => TimeSpan.FromSeconds(s))];
    private readonly EndpointClock _clock = request.Connection.Clock;
    private TrainingOrder _order = new(request.Key, TrainingOrder.FirstAttempt, request.Model, request.Trainer.Translate(request.Settings));
    private bool _anyAttempt;

    /// <summary>The job of this build, as far as it is known; null before.</summary>
    public RemoteJob? Current { get; set; }

    /// <summary>When the provider stops serving the base model, as far as it was asked.</summary>
    public DateOnly? Shutdown { get; private set; }

    private string Name => request.Trainer.Name;

    /// <summary>The job that this store, another machine or a build that was killed has begun; null when there is none.</summary>
    public async Task<RemoteJob?> FindAsync()
    {
        JobRecord? record = request.Records.Read(request.Key) is { } kept && kept.Trainer == Name ? kept : null;
        _anyAttempt = record is null && !request.Force;
        _order = _order with { Attempt = record?.Attempt ?? (request.Force ? NewAttempt() : TrainingOrder.FirstAttempt) };
        if (record?.Job is { } id)
        {
            return await trainer.GetAsync(id, cancellation).ConfigureAwait(false) is { } known ? await OnlyOneAsync(Current = known).ConfigureAwait(false)
                : await FoundElseAsync(new RemoteJob(id, RemoteState.Unknown, "not found", _clock.Now()) { Attempt = record.Attempt }).ConfigureAwait(false);
        }

        if (record is not null)
        {
            // A build was killed while it asked: its job may still be on the way into the list.
            return await ListedAsync().ConfigureAwait(false);
        }

        return !request.Force && Winner(await trainer.FindJobsAsync(_order, cancellation).ConfigureAwait(false)) is { } job ? Adopt(job, "was begun before") : null;
    }

    /// <exception cref="DiagnosticException">There is no consent, the provider refuses, or it cannot be known whether there is a job.</exception>
    public async Task<RemoteJob> CreateAsync(byte[] content)
    {
        RemoteTraining.RequireConsent(estimate, request);

        if (request.Wait)
        {
            // What this build's evaluation lacks is said before anybody pays for a model that it could not ask.
            request.Trainer.Serve?.Invoke(request.Connection).Dispose();
        }

        await WarnAsync().ConfigureAwait(false);
        log.Message($"  {request.Trainer.Title}: at most {estimate}", important: true);
        var file = new TrainingFile($"modelops-{Digest.Of(content).Hex[..24]}.jsonl", content);
        string fileId = await trainer.FindFileAsync(file, cancellation).ConfigureAwait(false) ?? await trainer.UploadAsync(file, cancellation).ConfigureAwait(false);
        if (await trainer.EstimateAsync(_order, fileId, cancellation).ConfigureAwait(false) is { } amount && amount > Math.Min(request.Budget, request.MaxCost ?? decimal.MaxValue))
        {
            throw TrainerErrors.ProviderOverBudget(Name, amount, Math.Min(request.Budget, request.MaxCost ?? decimal.MaxValue), request.Project);
        }

        // Asked again: an upload takes its time.
        IReadOnlyList<RemoteJob> jobs = request.Force ? [] : await trainer.FindJobsAsync(_order, cancellation).ConfigureAwait(false);
        if (Winner(jobs) is { } other)
        {
            return Adopt(other, "was begun meanwhile");
        }

        if (request.Trainer.NamesJobs && jobs.Any(j => j.Attempt == _order.Attempt))
        {
            _order = _order with { Attempt = NewAttempt() }; // What failed there has the name.
        }

        return await CreateAsync(file, fileId).ConfigureAwait(false);
    }

    /// <summary>Of several good jobs of this attempt the oldest; the others are cancelled. Two machines that see the same list decide alike.</summary>
    public async Task<RemoteJob> OnlyOneAsync(RemoteJob job)
    {
        if (!job.IsGood)
        {
            return job;
        }

        RemoteJob[] all = [.. (await trainer.FindJobsAsync(_order, cancellation).ConfigureAwait(false)).Where(j => j.IsGood && j.Attempt == _order.Attempt && j.Id != job.Id).Append(job).Order(s_byAge)];
        foreach (RemoteJob extra in all.Skip(1).Where(j => !j.IsOver))
        {
            await trainer.CancelAsync(extra.Id, cancellation).ConfigureAwait(false);
            log.Message($"  {request.Trainer.Title}: job {ForeignText.Clean(extra.Id, 80)} is cancelled: {ForeignText.Clean(all[0].Id, 80)} trains the same", important: true);
        }

        return all[0].Id == job.Id ? job : Adopt(all[0], "was begun by somebody else");
    }

    /// <summary>A list may show another machine's job a moment late, and a job that is queued costs nothing yet.</summary>
    private async Task<RemoteJob> SettleAsync(RemoteJob job)
    {
        job = await OnlyOneAsync(job).ConfigureAwait(false);
        foreach (TimeSpan pause in s_looks.Take(2))
        {
            await _clock.Delay(pause, cancellation).ConfigureAwait(false);
            job = await OnlyOneAsync(job).ConfigureAwait(false);
        }

        return job;
    }

    /// <summary>What stands for a job that the provider does not know.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS3114</c>: nothing does.</exception>
    public async Task<RemoteJob> FoundElseAsync(RemoteJob lost)
    {
        // A list, or a store behind an API, may be a moment late.
        foreach (TimeSpan pause in s_looks.Take(3))
        {
            await _clock.Delay(pause, cancellation).ConfigureAwait(false);
            if (await trainer.GetAsync(lost.Id, cancellation).ConfigureAwait(false) is { } late)
            {
                return late;
            }

            if (Winner(await trainer.FindJobsAsync(_order, cancellation).ConfigureAwait(false)) is { } job)
            {
                return Adopt(job, "stands for it");
            }
        }

        request.Records.Delete(request.Key);
        throw TrainerErrors.JobLost(Name, lost.Id);
    }

    private async Task<RemoteJob> CreateAsync(TrainingFile file, string fileId)
    {
        string last = "";
        for (int tries = 0, doubts = 0, gone = 0; tries < Creations; tries++)
        {
            cancellation.ThrowIfCancellationRequested();
            request.Records.Write(request.Key, new JobRecord(Name, _order.Attempt, null));
            switch (await AskAsync(fileId, doubts).ConfigureAwait(false))
            {
                case Creation.Done { Job: var job }:
                    Current = job;
                    request.Records.Write(request.Key, new JobRecord(Name, _order.Attempt, job.Id));
                    return await SettleAsync(job).ConfigureAwait(false);
                case Creation.FileGone { Why: var why } when gone++ == 0:
                    log.Message($"  {request.Trainer.Title}: the uploaded rows are gone ({ForeignText.Clean(why, 100)}); they are uploaded again");
                    fileId = await trainer.UploadAsync(file, cancellation).ConfigureAwait(false);
                    break;
                case Creation.FileGone { Why: var why }:
                    throw TrainerErrors.Refused(Name, "the uploaded rows", 404, why);
                case Creation.NotMade { Why: var why, Wait: var wait }:
                    last = wait > RetryPolicy.Longest ? throw TrainerErrors.GaveUp(Name, "the creation of a job", why) : why;
                    await _clock.Delay(wait ?? RetryPolicy.Backoff(tries, _clock.Jitter()), cancellation).ConfigureAwait(false);
                    break;
                case Creation.NameTaken { Why: var why }:
                    last = why;
                    if (await ListedAsync().ConfigureAwait(false) is { } taken)
                    {
                        return taken;
                    }

                    _order = _order with { Attempt = NewAttempt() }; // By one that was deleted.
                    break;
                case Creation.InDoubt { Why: var why }:
                    last = why;
                    if (await ListedAsync().ConfigureAwait(false) is { } listed)
                    {
                        return listed;
                    }

                    _ = ++doubts < Doubts ? 0 : throw TrainerErrors.InDoubt(Name, why);
                    break;
            }
        }

        throw TrainerErrors.GaveUp(Name, "the creation of a job", last);
    }

    /// <summary>A refusal leaves no intent behind, unless an earlier request of this build may still become a job.</summary>
    private async Task<Creation> AskAsync(string fileId, int doubts)
    {
        try
        {
            return await trainer.CreateAsync(_order, fileId).ConfigureAwait(false);
        }
        catch (DiagnosticException) when (doubts == 0)
        {
            request.Records.Delete(request.Key);
            throw;
        }
    }

    /// <summary>The job of a request whose answer was lost, once the provider lists it.</summary>
    private async Task<RemoteJob?> ListedAsync()
    {
        // Who wants the job cancelled with the build must first know it.
        CancellationToken patience = request.CancelOnExit ? CancellationToken.None : cancellation;
        foreach (TimeSpan pause in s_looks)
        {
            await _clock.Delay(pause, patience).ConfigureAwait(false);
            if (Winner(await trainer.FindJobsAsync(_order, patience).ConfigureAwait(false)) is { } job)
            {
                return Adopt(job, "was begun before");
            }
        }

        return null;
    }

    private RemoteJob Adopt(RemoteJob job, string why)
    {
        Current = job;
        _order = _order with { Attempt = job.Attempt };
        request.Records.Write(request.Key, new JobRecord(Name, job.Attempt, job.Id));
        log.Message($"  {request.Trainer.Title}: job {ForeignText.Clean(job.Id, 80)} {why} and is followed", important: true);
        return job;
    }

    private RemoteJob? Winner(IEnumerable<RemoteJob> jobs)
    {
        RemoteJob[] good = [.. jobs.Where(j => j.IsGood && (_anyAttempt || j.Attempt == _order.Attempt))];
        string? latest = good.Select(j => j.Attempt).Max(StringComparer.Ordinal);
        return good.Where(j => j.Attempt == latest).Order(s_byAge).FirstOrDefault();
    }

    private async Task WarnAsync()
    {
        Shutdown = await trainer.ShutdownOfAsync(request.Model, cancellation).ConfigureAwait(false);
        if (Shutdown is { } date)
        {
            log.Report(TrainerErrors.Retires(Name, request.Model, date, request.Project));
        }

        if (request.Trainer.WindDown is { } said)
        {
            log.Report(TrainerErrors.WindsDown(Name, said, request.Project));
        }
    }

    private string NewAttempt() => _clock.Now().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static readonly Comparer<RemoteJob> s_byAge = Comparer<RemoteJob>.Create((a, b)
        => a.Created != b.Created ? a.Created.CompareTo(b.Created) : string.CompareOrdinal(a.Id, b.Id));
}
