using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Trainers;

/// <summary>What a build asks of a trainer elsewhere.</summary>
/// <param name="Model">The base model, as the provider calls it.</param>
/// <param name="Key">The training key, 64 hexadecimal digits.</param>
/// <param name="Budget">What the training may cost, in the currency of the price list.</param>
/// <param name="Project">The project file, for messages.</param>
public sealed record RemoteRequest(TrainerDescription Trainer, TrainerConnection Connection, TrainerSettings Settings, string Model, string Key, decimal Budget, string Project)
{
    /// <summary>What one training may cost whatever the budget; null: no such limit.</summary>
    public decimal? MaxCost { get; init; }

    /// <summary>Tokens of all rows once, as the base model's own tokenizer counts them; null where it is not at hand.</summary>
    public Func<long?> CountedTokens { get; init; } = () => null;

    /// <summary>File with the training rows, as a build wrote them.</summary>
    public required string Rows { get; init; }

    public required JobRecords Records { get; init; }

    public required PriceList Prices { get; init; }

    /// <summary>A job of this key that is over does not count; one that this store began for the same reason does.</summary>
    public bool Force { get; init; }

    /// <summary>False: the job is created, and followed by a later build.</summary>
    public bool Wait { get; init; } = true;

    /// <summary>A build that is cancelled cancels its job; else it lets go of it.</summary>
    public bool CancelOnExit { get; init; }

    /// <summary>An empty folder, for weights.</summary>
    public required string Output { get; init; }
}

/// <param name="Job">The job that has the result; null: it is not over, and nobody waits.</param>
/// <param name="Shutdown">When the provider stops serving the base model; null when nothing is known.</param>
public sealed record RemoteResult(RemoteJob? Job, DateOnly? Shutdown)
{
    /// <summary>What was expected of the price, before anything was sent.</summary>
    public TrainingEstimate? Estimate { get; init; }
}

/// <summary>
/// One training elsewhere, from consent to the result, such that however often builds are killed, on however many machines, one job is paid for.
/// Rules: <c>docs/decisions/0320-exactly-one-job.md</c>.
/// </summary>
public sealed class RemoteTraining(RemoteRequest request, IStageLog log, CancellationToken cancellation)
{
    private static readonly TimeSpan s_firstPoll = TimeSpan.FromSeconds(2), s_slowestPoll = TimeSpan.FromSeconds(30), s_unknownFor = TimeSpan.FromDays(1);
    private const int ResultReads = 5;

    private TrainerDescription Trainer => request.Trainer;

    private DateTimeOffset Now => request.Connection.Clock.Now();

    /// <exception cref="DiagnosticException">MOPS3103 to MOPS3124.</exception>
    public async Task<RemoteResult> RunAsync()
    {
        TrainingEstimate estimate = Estimate(out byte[] content);
        if (request.Connection.Environment(request.Connection.KeyVariable) is null or "")
        {
            RequireConsent(estimate, request);
        }

        using IRemoteTrainer trainer = Trainer.Open(request.Connection);
        var once = new SubmitOnce(request, trainer, estimate, log, cancellation);
        try
        {
            return (await RunAsync(trainer, once, content).ConfigureAwait(false)) with { Estimate = estimate };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested && once.Current is { IsOver: false })
        {
            await LetGoAsync(trainer, once.Current).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<RemoteResult> RunAsync(IRemoteTrainer trainer, SubmitOnce once, byte[] content)
    {
        RemoteJob job = await once.FindAsync().ConfigureAwait(false) ?? await once.CreateAsync(content).ConfigureAwait(false);
        if (!request.Wait && !job.IsOver)
        {
            log.Report(TrainerErrors.NotWaited(Trainer.Name, job.Id, job.Status, request.Project));
            return new RemoteResult(null, once.Shutdown);
        }

        once.Current = job = await FollowAsync(trainer, once, job).ConfigureAwait(false);
        job = await WithResultAsync(trainer, job).ConfigureAwait(false);
        if (Trainer.Weights == TrainedWeights.Kept)
        {
            return new RemoteResult(job, once.Shutdown ?? await trainer.ShutdownOfAsync(request.Model, cancellation).ConfigureAwait(false));
        }

        await trainer.DownloadAsync(job, request.Output, cancellation).ConfigureAwait(false);
        return new RemoteResult(job, once.Shutdown);
    }

    /// <exception cref="DiagnosticException"><c>MOPS3106</c>, <c>MOPS3191</c>: budget or limit is below the estimate.</exception>
    internal static void RequireConsent(TrainingEstimate estimate, RemoteRequest request)
    {
        if (estimate.Amount > request.MaxCost)
        {
            throw TrainerErrors.OverLimit(request.Trainer.Name, estimate, request.MaxCost.Value, request.Project);
        }

        if (estimate.Amount > request.Budget)
        {
            throw TrainerErrors.OverBudget(request.Trainer.Name, estimate, request.Budget, request.Project);
        }
    }

    /// <summary>The result is safe in the store: nothing is to be found again.</summary>
    public void Forget() => request.Records.Delete(request.Key);

    private TrainingEstimate Estimate(out byte[] content)
    {
        TrainerPrice price = request.Prices.Of(Trainer.Name, request.Model) ?? throw TrainerErrors.NoPrice(Trainer.Name, request.Model, request.Prices.Path);
        TrainingRows rows = TrainingRows.Read(request.Rows, Trainer, request.Project);
        content = rows.Content;
        if (price.IsStale(Now))
        {
            log.Report(TrainerErrors.StalePrice(price, request.Prices.Path));
        }

        long? counted = request.CountedTokens();
        return TrainingEstimate.Of((counted ?? rows.Tokens) * Math.Max(1, request.Settings.Options.Epochs), price) with { IsExact = counted is not null };
    }

    private async Task<RemoteJob> FollowAsync(IRemoteTrainer trainer, SubmitOnce once, RemoteJob job)
    {
        DateTimeOffset began = Now, known = began;
        TimeSpan pause = s_firstPoll;
        string said = "";
        for (int poll = 0; !job.IsOver; poll++)
        {
            if (job.Status != said)
            {
                log.Message($"  {Trainer.Title}: job {ForeignText.Clean(job.Id, 80)} is {ForeignText.Clean(job.Status, 40)}{(job.State == RemoteState.Unknown ? ", a word that this version does not know" : "")}", important: true);
                said = job.Status;
            }

            if (Now - known > s_unknownFor)
            {
                throw TrainerErrors.UnknownStatus(Trainer.Name, job.Id, job.Status);
            }

            log.Progress(new StageProgress($"Train at {Trainer.Title}", 0, 0, $"{ForeignText.Clean(job.Status, 40)}, {(Now - began).TotalMinutes:0} min"));
            await request.Connection.Clock.Delay(pause, cancellation).ConfigureAwait(false);
            pause = pause * 1.5 < s_slowestPoll ? pause * 1.5 : s_slowestPoll;
            RemoteJob? seen = await trainer.GetAsync(job.Id, cancellation).ConfigureAwait(false);
            job = seen ?? await once.FoundElseAsync(job).ConfigureAwait(false);
            known = seen is null or { State: RemoteState.Unknown } ? known : Now;
            job = poll == 1 ? await once.OnlyOneAsync(job).ConfigureAwait(false) : job;
        }

        if (job.State != RemoteState.Succeeded)
        {
            Forget();
            throw job.State == RemoteState.Failed ? TrainerErrors.JobFailed(Trainer.Name, job.Id, job.Problem ?? "it does not say why.") : TrainerErrors.JobCancelled(Trainer.Name, job.Id);
        }

        return job;
    }

    /// <summary>A job may be over a moment before its model has a name.</summary>
    private async Task<RemoteJob> WithResultAsync(IRemoteTrainer trainer, RemoteJob job)
    {
        for (int read = 0; job.Model is null && read < ResultReads; read++)
        {
            await request.Connection.Clock.Delay(s_firstPoll * (read + 1), cancellation).ConfigureAwait(false);
            job = await trainer.GetAsync(job.Id, cancellation).ConfigureAwait(false) ?? job;
        }

        return job.Model is null ? throw TrainerErrors.NoResult(Trainer.Name, job.Id) : job;
    }

    private async Task LetGoAsync(IRemoteTrainer trainer, RemoteJob job)
    {
        if (!request.CancelOnExit)
        {
            log.Message($"  {Trainer.Title}: job {ForeignText.Clean(job.Id, 80)} goes on there; the next build follows it", important: true);
            return;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await trainer.CancelAsync(job.Id, patience.Token).ConfigureAwait(false);
        Forget();
        log.Message($"  {Trainer.Title}: job {ForeignText.Clean(job.Id, 80)} is cancelled", important: true);
    }
}
