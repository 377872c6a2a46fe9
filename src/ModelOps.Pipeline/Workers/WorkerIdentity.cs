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

    /// <summary>The other worker's file; null when the project names none.</summary>
    internal static string? PathOf(ProjectInputs inputs)
        => inputs.Setting(Names.OutsideWorker) is { Length: > 0 } worker ? Path.GetFullPath(worker, inputs.ProjectDirectory) : null;
}
