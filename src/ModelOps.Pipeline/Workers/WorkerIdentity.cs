using ModelOps.Core.Artifacts;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Workers;

/// <summary>What of a worker decides results.</summary>
public static class WorkerIdentity
{
    /// <summary>Null for the worker inside the SDK, which is known by its numerics version; for any other the digest of its file.</summary>
    public static Digest? Of(ProjectInputs inputs, StatCache digests, CancellationToken cancellation)
        => PathOf(inputs) is not { } path ? null : File.Exists(path) ? digests.DigestOf(path, cancellation) : throw WorkerErrors.NotFound(path);

    /// <summary>What of the trainer is in a file: for a tool of one's own its lock file, if it has one; else the worker.</summary>
    public static Digest? OfTrainer(ProjectInputs inputs, StatCache digests, CancellationToken cancellation)
        => ToolSettings.IsUsed(inputs) ? Lock(inputs.TrainerEnvironmentFile, digests, cancellation) : Of(inputs, digests, cancellation);

    // Validate has said whether it is there.
    private static Digest? Lock(string file, StatCache digests, CancellationToken cancellation) => File.Exists(file) ? digests.DigestOf(file, cancellation) : null;

    /// <summary>The other worker's file; null when the project names none.</summary>
    internal static string? PathOf(ProjectInputs inputs)
        => inputs.Setting(Names.OutsideWorker) is { Length: > 0 } worker ? Path.GetFullPath(worker, inputs.ProjectDirectory) : null;
}
