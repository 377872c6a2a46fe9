using System.Diagnostics;
using System.Text.Json.Nodes;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Training;

/// <summary>How a build deals with a trainer elsewhere; none of it changes a result.</summary>
public sealed record RemoteOptions
{
    /// <summary>What the training may cost.</summary>
    public decimal Budget { get; init; }

    /// <summary>What the training may cost whatever the budget; null: no such limit.</summary>
    public decimal? MaxCost { get; init; }

    /// <summary>False: the job is created, and a later build collects its result.</summary>
    public bool Wait { get; init; } = true;

    /// <summary>A build that is cancelled cancels its job.</summary>
    public bool CancelOnExit { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;
}

/// <summary>A training elsewhere, from the row file to a result in the store.</summary>
internal sealed class RemoteTrain(TrainRequest request, RemoteSettings remote, IStageLog log, CancellationToken cancellation)
{
    /// <param name="keep">Puts the files of a folder into the store and in place.</param>
    /// <returns>False: the job is not over, and nobody waits.</returns>
    public bool Run(FingerprintFile fingerprint, Action<string> keep)
    {
        string output = Path.Combine(request.Files.Work, $"train-{Guid.NewGuid():N}");
        var clock = Stopwatch.StartNew();
        try
        {
            Directory.CreateDirectory(output);
            var training = new RemoteTraining(Order(fingerprint, output), log, cancellation);
            RemoteResult result = training.RunAsync().GetAwaiter().GetResult();
            if (result.Job is not { } job)
            {
                return false;
            }

            if (remote.HasWeights)
            {
                TrainedModel.Check(output, request.Settings.Training.Method);
            }
            else
            {
                File.WriteAllBytes(Path.Combine(output, TunedModel.FileName), TunedBy(job, result.Shutdown).ToBytes());
            }

            if (result.Estimate is { } estimate)
            {
                TrainingCost.Of(remote.Trainer.Name, job.TrainedTokens, estimate).Write(output);
            }

            keep(output);
            training.Forget();
            Measurements.Update(request.Files.Measurements, "train", new JsonObject { ["seconds"] = Math.Round(clock.Elapsed.TotalSeconds, 1), ["tokens"] = job.TrainedTokens, ["job"] = job.Id });
            return true;
        }
        finally
        {
            FolderSwap.Delete(output);
        }
    }

    private RemoteRequest Order(FingerprintFile fingerprint, string output) => new(
        remote.Trainer, new TrainerConnection(remote.Url, remote.KeyVariable, request.Remote.Environment), remote.SettingsOf(request.Settings.Training), remote.Model, fingerprint.Key.Hex,
        request.Remote.Budget, request.Inputs.ProjectFile)
    {
        Rows = request.Files.Rows(DatasetKind.Training),
        Records = new JobRecords(request.StoreRoot),
        MaxCost = request.Remote.MaxCost,
        CountedTokens = () => remote.HasWeights ? TokenCount.Of(request.Worker, request.Inputs.BaseModelDirectory, request.Files.Rows(DatasetKind.Training), log, cancellation) : null,
        Prices = remote.Prices(),
        Force = request.Settings.Force,
        Wait = request.Remote.Wait,
        CancelOnExit = request.Remote.CancelOnExit,
        Output = output,
    };

    private TunedModel TunedBy(RemoteJob job, DateOnly? shutdown) => new(
        remote.Trainer.Name, remote.Url.AbsoluteUri, job.Model!, remote.Model, remote.KeyVariable, remote.Trainer.MaxTokensMember!)
    {
        Job = job.Id,
        TrainedTokens = job.TrainedTokens,
        Retires = shutdown,
    };
}
