using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Workers;

/// <summary>Which worker to run and how.</summary>
/// <param name="WorkerPath">An assembly (<c>.dll</c>) or an executable.</param>
/// <param name="DotnetHost">The <c>dotnet</c> that runs an assembly.</param>
/// <param name="WorkDirectory">For request files and other things that live as long as a run; absolute.</param>
/// <param name="Threads">0: all cores.</param>
public sealed record WorkerHost(string WorkerPath, string DotnetHost, string WorkDirectory, int Threads = 0)
{
    /// <summary>Variables that the worker is started with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Answers requests in this process instead: for tests that build thousands of times.</summary>
    internal Func<WorkerRequest, WorkerRun>? InProcess { get; init; }
}
