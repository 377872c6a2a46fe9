using System.Text;
using ModelOps.Backends.Clusters;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Workers;
using WorkerRequest = ModelOps.Core.Protocol.TrainRequest;

namespace ModelOps.Pipeline.Training;

/// <summary>
/// A training on a cluster. Its folder <c>jobs/&lt;key&gt;</c> lies where every node sees it; it holds copies of the rows, so that the job does not care what becomes of the
/// clone that submitted it, and goes when the result is in the store.
/// </summary>
internal sealed class ClusterTrain(TrainRequest request, ClusterSettings cluster, ActionKey key, ITrainingProgram program, IStageLog log)
{
    private const string DamagedCheckpoint = "MOPS3063";
    private static readonly TimeSpan s_kept = TimeSpan.FromDays(14);
    private readonly RunFolder _folder = new(Path.Combine(cluster.Directory.Length > 0 ? cluster.Directory : request.StoreRoot, "jobs", key.Hex));

    /// <summary>The run, with its result in <c>work.Output</c>; null when it is under way and nobody waits.</summary>
    public WorkerRun? Run(WorkerRequest work, CancellationToken cancellation)
    {
        Sweep();
        try
        {
            return RunOnce(work, request.Settings.Force, cancellation);
        }
        catch (DiagnosticException failure) when (failure.Diagnostic.Code == DamagedCheckpoint)
        {
            // It would have saved time, and is worth no failed build.
            log.Message($"  starts afresh: {failure.Diagnostic.Message}", important: true);
            return RunOnce(work, force: true, cancellation);
        }
    }

    /// <summary>The result is in the store: the job's folder has served.</summary>
    public void Forget() => _folder.Delete();

    private WorkerRun? RunOnce(WorkerRequest work, bool force, CancellationToken cancellation)
    {
        WorkerRequest there = Moved(work);
        var order = new ClusterWork(JobName, _folder, () => Prepare(work, there), program.Output)
        {
            Project = request.Inputs.ProjectName,
            Force = force,
            Wait = request.Remote.Wait,
            CancelOnExit = request.Remote.CancelOnExit,
        };
        ClusterResult result = new ClusterRun(cluster.Open(), order, log).RunAsync(cancellation).GetAwaiter().GetResult();
        if (result is { ExitCode: null, Job: { } job })
        {
            log.Report(TrainerErrors.NotWaited(ClusterSettings.Trainer, job.Id, job.Status, request.Inputs.ProjectFile));
            return null;
        }

        WorkerRun run = program.Outcome(there, _folder.Path, result.ExitCode ?? 0);
        Copy(there.Output, work.Output);
        return run;
    }

    // The folder is part of the name: a job of another store writes its result there and not here.
    private string JobName => $"modelops-{key.Hex[..20]}-{Digest.Of(Encoding.UTF8.GetBytes(_folder.Path)).Hex[..8]}";

    // The rows are copied: the job does not care what becomes of the clone.
    private WorkerRequest Moved(WorkerRequest work) => work with
    {
        Train = Inside(work.Train)!,
        Validation = Inside(work.Validation),
        Output = _folder.Result,
        Checkpoints = work.Checkpoints is null ? null : _folder.Checkpoints,
    };

    private string? Inside(string? rows) => rows is null ? null : Path.Combine(_folder.Path, Path.GetFileName(rows));

    private void Prepare(WorkerRequest work, WorkerRequest there)
    {
        Directory.CreateDirectory(_folder.Path);
        File.Copy(work.Train, there.Train, overwrite: true);
        if (work.Validation is { } validation)
        {
            File.Copy(validation, there.Validation!, overwrite: true);
        }

        _folder.WriteScript(program.Prepare(there, _folder.Path));
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.Exists(from) ? Directory.GetFiles(from, "*", SearchOption.AllDirectories) : [])
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>Deletes what nobody came back for; no job is that long without a sign.</summary>
    private void Sweep()
    {
        string all = Path.GetDirectoryName(_folder.Path)!;
        foreach (string other in Directory.Exists(all) ? Directory.GetDirectories(all) : [])
        {
            if (other != _folder.Path && new DirectoryInfo(other).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).All(f => f.LastWriteTimeUtc < DateTime.UtcNow - s_kept))
            {
                FolderSwap.Delete(other);
            }
        }
    }
}
