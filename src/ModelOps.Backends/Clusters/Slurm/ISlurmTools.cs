namespace ModelOps.Backends.Clusters.Slurm;

/// <summary>Slurm's own programs, found on the PATH.</summary>
public interface ISlurmTools
{
    /// <exception cref="Core.Diagnostics.DiagnosticException">There is no such program.</exception>
    Task<ToolAnswer> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation);
}

/// <summary>What a program said.</summary>
public sealed record ToolAnswer(int ExitCode, string Output, string Errors);
