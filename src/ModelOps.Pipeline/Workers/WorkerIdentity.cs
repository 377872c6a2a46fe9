using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Workers;

/// <summary>What of a worker decides results: the field <c>worker</c> of every key.</summary>
public static class WorkerIdentity
{
    /// <summary>
    /// Null for the worker inside the SDK, which is known by its numerics version; for the one on TorchSharp device and versions; for any other the
    /// digest of its file.
    /// </summary>
    public static string? Of(ProjectInputs inputs, StatCache digests, CancellationToken cancellation)
    {
        string? torch = TorchInstallation.IdentityOf(inputs);
        string? file = PathOf(inputs) is not { } path ? null : File.Exists(path) ? digests.DigestOf(path, cancellation).ToString() : throw WorkerErrors.NotFound(path);
        return torch is null || file is null ? torch ?? file : $"{torch}, {file}";
    }

    /// <summary>What of the trainer is in a file: for a tool of one's own its lock file, if it has one; else the worker.</summary>
    public static string? OfTrainer(ProjectInputs inputs, StatCache digests, CancellationToken cancellation)
        => ToolSettings.IsUsed(inputs) ? Lock(inputs.TrainerEnvironmentFile, digests, cancellation) : Of(inputs, digests, cancellation);

    // Validate has said whether it is there.
    private static string? Lock(string file, StatCache digests, CancellationToken cancellation) => File.Exists(file) ? digests.DigestOf(file, cancellation).ToString() : null;

    /// <summary>The other worker's file; null when the project names none.</summary>
    internal static string? PathOf(ProjectInputs inputs)
        => inputs.Setting(Names.OutsideWorker) is { Length: > 0 } worker ? Path.GetFullPath(worker, inputs.ProjectDirectory) : null;
}
