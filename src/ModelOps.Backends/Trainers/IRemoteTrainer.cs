namespace ModelOps.Backends.Trainers;

/// <summary>
/// The wire of one trainer elsewhere. It translates, and decides nothing: <see cref="RemoteTraining"/> keeps the order (consent, upload, intent, one creation,
/// following, collecting) for all of them. Whatever may be repeated is repeated inside; a creation never is.
/// </summary>
public interface IRemoteTrainer : IDisposable
{
    /// <summary>When the provider will stop serving a model; null when it has not said so.</summary>
    Task<DateOnly?> ShutdownOfAsync(string model, CancellationToken cancellation);

    /// <summary>The id of a file with this name and size that is already there; null when there is none that can be used.</summary>
    Task<string?> FindFileAsync(TrainingFile file, CancellationToken cancellation);

    /// <returns>The id of the file, ready to be trained on.</returns>
    Task<string> UploadAsync(TrainingFile file, CancellationToken cancellation);

    /// <summary>What the provider itself says that the job will cost, in US dollars; null when it does not say.</summary>
    Task<decimal?> EstimateAsync(TrainingOrder order, string fileId, CancellationToken cancellation);

    /// <summary>All jobs of the order's key that the provider lists, in any state.</summary>
    Task<IReadOnlyList<RemoteJob>> FindJobsAsync(TrainingOrder order, CancellationToken cancellation);

    /// <summary>Asks once for the job. Cancellation is the caller's business: a request that was sent is waited for.</summary>
    Task<Creation> CreateAsync(TrainingOrder order, string fileId);

    /// <summary>The job as it is now; null when the provider does not know it.</summary>
    Task<RemoteJob?> GetAsync(string id, CancellationToken cancellation);

    Task CancelAsync(string id, CancellationToken cancellation);

    /// <summary>Writes the trained weights to a folder, in PEFT's format. Only where <see cref="TrainerDescription.Weights"/> says that they can be had.</summary>
    Task DownloadAsync(RemoteJob job, string folder, CancellationToken cancellation);
}
