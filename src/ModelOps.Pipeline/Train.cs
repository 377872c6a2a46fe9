using System.Diagnostics;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Comparing;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Sharing;
using ModelOps.Pipeline.Training;
using ModelOps.Pipeline.Workers;
using WorkerRequest = ModelOps.Core.Protocol.TrainRequest;

namespace ModelOps.Pipeline;

/// <param name="CurrentKey">The key whose result the adapter's folder is known to hold.</param>
public sealed record TrainRequest(ProjectInputs Inputs, StageFiles Files, TypedSettings Settings, WorkerHost Worker, string StoreRoot, ActionKey? CurrentKey, long StoreSize = StoreSize.Default)
{
    /// <summary>Steps between two checkpoints, from which a build that was killed continues; 0: none. It changes no result.</summary>
    public int CheckpointSteps { get; init; }

    /// <summary>Trainings at a time among all builds that use the store; 0: no limit. It changes no result.</summary>
    public int MaxParallelTraining { get; init; } = 1;

    /// <summary>The feed behind the store; null: results are not shared.</summary>
    public SharedCache? Cache { get; init; }

    /// <summary>For a trainer elsewhere: consent, and whether the build waits.</summary>
    public RemoteOptions Remote { get; init; } = new();

    /// <summary>Where the result of <see cref="CurrentKey"/> came from.</summary>
    public ResultOrigin CurrentOrigin { get; init; } = ResultOrigin.Here;
}

/// <summary>How the adapter came to be where it is.</summary>
public enum TrainOutcome
{
    UpToDate,
    Restored,

    /// <summary>From the feed of <see cref="TrainResult.Origin"/>.</summary>
    Pulled,
    Trained,

    /// <summary>A job elsewhere is under way, and this build does not wait for it: there is no result.</summary>
    Pending,
}

/// <param name="Reason">Why the adapter at hand would not do; empty when it does.</param>
public sealed record TrainResult(ActionKey Key, TrainOutcome Outcome, string Reason)
{
    public ResultOrigin Origin { get; init; } = ResultOrigin.Here;

    /// <summary>For people, one clause.</summary>
    public string Sentence => Outcome switch
    {
        TrainOutcome.UpToDate => $"adapter up to date (key {Key.Short})",
        TrainOutcome.Restored => $"restored from the store (key {Key.Short}; {Reason}){Belief}",
        TrainOutcome.Pulled => $"restored from the feed '{Origin.Feed}' (key {Key.Short}; {Reason}){Belief}",
        TrainOutcome.Pending => $"is trained elsewhere (key {Key.Short}; {Reason})",
        _ => $"trained (key {Key.Short}; {Reason})",
    };

    private string Belief => Origin.Unsigned ? ", unsigned: not to be packed" : "";
}

/// <summary>Makes <c>obj/modelops/adapter/</c> hold the result of the training key: it is there, or in the store, or it is trained now.</summary>
public static class Train
{
    public static TrainResult Run(TrainRequest request, IStageLog log, CancellationToken cancellation)
    {
        FingerprintFile fingerprint = FingerprintFile.TryRead(request.Files.Fingerprint, out Diagnostic? problem)
            ?? throw new DiagnosticException(problem ?? TrainErrors.NoFingerprint(request.Files.Fingerprint));
        TrainResult result = Obtain(request, fingerprint, log, cancellation);
        log.Message($"{request.Inputs.ProjectName}: {result.Sentence}", important: true);
        return result;
    }

    private static TrainResult Obtain(TrainRequest request, FingerprintFile fingerprint, IStageLog log, CancellationToken cancellation)
    {
        SweepWork(request.Files.Work);
        bool force = request.Settings.Force;
        if (!force && request.CurrentKey == fingerprint.Key)
        {
            return new TrainResult(fingerprint.Key, TrainOutcome.UpToDate, "") { Origin = request.CurrentOrigin };
        }

        string reason = force ? "ModelOpsForce is set" : TrainReason.Of(request.Files, fingerprint, StageRecord.ManifestOf(request.Files.Dataset));
        var results = new ResultSource(request.StoreRoot, request.Cache, request.Files.Work, log);
        TrainResult result = (force ? null : Restore(results, request, fingerprint, reason)) ?? ObtainAlone(results, request, fingerprint, reason, log, cancellation);
        if (result.Outcome == TrainOutcome.Pending)
        {
            return result;
        }

        Remember(request.Files, fingerprint);
        if (!result.Origin.Unsigned && results.Proven.TryGet(fingerprint.Key) is { } stored)
        {
            results.Push(stored, request.Files.Adapter, null, cancellation);
        }

        return result;
    }

    private static TrainResult ObtainAlone(ResultSource results, TrainRequest request, FingerprintFile fingerprint, string reason, IStageLog log, CancellationToken cancellation)
    {
        ModelStore store = results.Proven;
        using StoreLock held = Lock(store, fingerprint.Key, log, cancellation);
        if (!request.Settings.Force)
        {
            // Another build may have trained the same key while this one waited.
            if (Restore(results, request, fingerprint, reason) is { } restored)
            {
                return restored;
            }

            if (results.TryPull(fingerprint, request.Files.Adapter, ResultScope.Any, cancellation) is { } origin)
            {
                new StoreCollector(store).Trim(request.StoreSize);
                return new TrainResult(fingerprint.Key, TrainOutcome.Pulled, reason) { Origin = origin };
            }
        }

        // Indented: the terminal logger would take the arrow of a changed value for an output path.
        log.Message($"  {request.Inputs.ProjectName}: retrains: {reason}", important: true);
        bool done = request.Settings.Remote is not { } remote ? TrainNow(request, store, fingerprint, log, cancellation)
            : new RemoteTrain(request, remote, log, cancellation).Run(
                fingerprint, output => Keep(store, fingerprint, output, request.Files.Adapter, PutMode.Adopt | PutMode.Paid, CancellationToken.None));
        if (!done)
        {
            return new TrainResult(fingerprint.Key, TrainOutcome.Pending, reason);
        }

        results.MadeHere(fingerprint.Key);
        new ManifestArchive(request.StoreRoot).Keep(fingerprint.Key, request.Files.Dataset);
        new StoreCollector(store).Trim(request.StoreSize);
        return new TrainResult(fingerprint.Key, TrainOutcome.Trained, reason);
    }

    private static TrainResult? Restore(ResultSource results, TrainRequest request, FingerprintFile fingerprint, string reason)
        => results.TryRestore(fingerprint.Key, request.Files.Adapter, ResultScope.Any) is { } origin
            ? new TrainResult(fingerprint.Key, TrainOutcome.Restored, reason) { Origin = origin } : null;

    private static StoreLock Lock(ModelStore store, ActionKey key, IStageLog log, CancellationToken cancellation)
        => store.LockAsync(
            key,
            wait => log.Message($"  waits for {wait.Holder}, which trains the same key {key.Short} ({wait.Waited.TotalSeconds:0} s)", important: true),
            cancellation).GetAwaiter().GetResult();

    /// <returns>False: a cluster trains, and nobody waits.</returns>
    private static bool TrainNow(TrainRequest request, ModelStore store, FingerprintFile fingerprint, IStageLog log, CancellationToken cancellation)
    {
        string output = Path.Combine(request.Files.Work, $"train-{Guid.NewGuid():N}");
        string checkpoints = CheckpointFolder.Of(request.StoreRoot, fingerprint.Key);
        CheckpointFolder.Sweep(checkpoints);
        if (request.Settings.Force)
        {
            FolderSwap.Delete(checkpoints); // Trained from the start, whatever an earlier build has left.
        }

        try
        {
            string validation = request.Files.Rows(DatasetKind.Validation);
            var work = new WorkerRequest
            {
                Model = request.Inputs.BaseModelDirectory,
                Train = request.Files.Rows(DatasetKind.Training),
                Validation = File.Exists(validation) ? validation : null,
                Output = output,
                Checkpoints = request.CheckpointSteps > 0 ? checkpoints : null,
                Options = request.Settings.Training with { CheckpointEverySteps = request.CheckpointSteps },
            };
            ITrainingProgram? program = Program(request, log);
            ClusterTrain? elsewhere = request.Settings.Cluster is { } cluster ? new ClusterTrain(request, cluster, fingerprint.Key, program!, log) : null;
            using IDisposable? slot = elsewhere is null ? Slot(request, log, cancellation) : null;
            var clock = Stopwatch.StartNew();
            if (RunProgram(request, work, program, elsewhere, log, cancellation) is not { } run)
            {
                return false;
            }

            slot?.Dispose();
            TrainedModel.Check(output, request.Settings.Training.Method);
            Keep(store, fingerprint, output, request.Files.Adapter, PutMode.Adopt, cancellation);
            FolderSwap.Delete(checkpoints);
            elsewhere?.Forget();
            Measurements.Update(request.Files.Measurements, "train", TrainedModel.Measure(run));
            // What another machine took says nothing about this one.
            if (program is null && StageRecord.ManifestOf(request.Files.Dataset) is { } dataset)
            {
                TrainingWork amount = TrainingWork.Of(request.Settings.Training, dataset);
                new RunHistory(store.Root).Add(new PastRun(
                    "train", RunHistory.ModelOf(fingerprint), request.Settings.Training.Method, amount.Rows, amount.Bytes, run.Result.Tokens ?? 0, run.Result.Seconds ?? clock.Elapsed.TotalSeconds));
            }

            return true;
        }
        finally
        {
            FolderSwap.Delete(output);
        }
    }

    /// <summary>Null: the worker, on this machine.</summary>
    private static ITrainingProgram? Program(TrainRequest request, IStageLog log) => request.Settings switch
    {
        { Tool: { } tool } => new ToolProgram(request, tool, log),
        { Cluster: not null } => new WorkerProgram(request.Worker, log),
        _ => null,
    };

    /// <summary>A training uses all cores, so others wait; whoever finds the result in the store does not come here.</summary>
    private static IDisposable Slot(TrainRequest request, IStageLog log, CancellationToken cancellation)
        => new TrainingSlots(request.StoreRoot, request.MaxParallelTraining).Enter(
            request.Inputs.ProjectName,
            wait => log.Message(
                $"  {request.Inputs.ProjectName}: waits for a training slot ({wait.Waited.TotalSeconds:0} s): {wait.Holders}; {Names.ModelOpsMaxParallelTraining} is {request.MaxParallelTraining}", important: true),
            cancellation);

    /// <summary>The work of hours must not be lost because somebody deletes the store at this moment: it is put again.</summary>
    private static void Keep(ModelStore store, FingerprintFile fingerprint, string output, string adapter, PutMode mode, CancellationToken cancellation)
    {
        const int attempts = 5;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                store.Materialize(store.Put(fingerprint, output, mode, cancellation), adapter);
                return;
            }
            catch (DiagnosticException e) when (attempt < attempts && e.InnerException is FileNotFoundException or DirectoryNotFoundException)
            {
                // Deleting takes its time, on a busy machine more of it than a second attempt.
                cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100 * attempt));
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Deletes what builds that were killed have left; a running build's files are younger than a day.</summary>
    private static void SweepWork(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (FileSystemInfo left in new DirectoryInfo(folder).GetFileSystemInfos().Where(f => f.LastWriteTimeUtc < DateTime.UtcNow.AddDays(-1)))
        {
            if (left is DirectoryInfo)
            {
                FolderSwap.Delete(left.FullName);
            }
            else
            {
                left.Delete();
            }
        }
    }

    /// <summary>A worker knows no project file: what it says of a property is shown where the property is set.</summary>
    private static WorkerRun? RunProgram(TrainRequest request, WorkerRequest work, ITrainingProgram? program, ClusterTrain? elsewhere, IStageLog log, CancellationToken cancellation)
    {
        try
        {
            return elsewhere is not null ? elsewhere.Run(work, cancellation)
                : program is not null ? LocalProgram.Run(program, work, cancellation)
                : WorkerProcess.Run(request.Worker, work, Names.Train, log, cancellation);
        }
        catch (DiagnosticException failure) when (failure.Diagnostic.Code == "MOPS3063" && program is null && Directory.Exists(work.Checkpoints))
        {
            // Damaged, or of another version of the trainer: it would have saved time, and is worth no failed build.
            log.Message($"  starts afresh: {failure.Diagnostic.Message}", important: true);
            FolderSwap.Delete(work.Checkpoints);
            return WorkerProcess.Run(request.Worker, work, Names.Train, log, cancellation);
        }
        catch (DiagnosticException failure) when (failure.Diagnostic is { Code: "MOPS3052", Location: null })
        {
            SourceLocation at = ProjectXml.Load(request.Inputs).PropertyLocation(Names.LoraTargetModules);
            throw new DiagnosticException(failure.Diagnostic with { Location = at }, failure);
        }
    }

    /// <summary>Keeps what this adapter was made of, so that the next build can say what changed.</summary>
    private static void Remember(StageFiles files, FingerprintFile fingerprint)
        => files.Trained.Keep(fingerprint, files.Dataset, files.Rows(DatasetKind.Training));
}
