namespace ModelOps.Backends.Clusters;

/// <summary>
/// Machines that run a command when they have room for it. It starts, shows and ends jobs, and decides nothing: <see cref="ClusterRun"/> keeps the order (look, submit once,
/// follow, submit again, end) for every kind of cluster; <c>docs/clusters.md</c> tells how one is added.
/// </summary>
public interface ICluster
{
    /// <summary>For people.</summary>
    string Title { get; }

    /// <summary>Jobs of this name, those that are over as well while they are remembered; in any order.</summary>
    /// <exception cref="ClusterSilentException">There was no answer; asking again later may help.</exception>
    Task<IReadOnlyList<ClusterJob>> FindAsync(string name, CancellationToken cancellation);

    /// <summary>Asks once for a job. A job starts only when no other of its name and user runs.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="Core.Diagnostics.DiagnosticException">It is certain that no job was made, and asking again would not help.</exception>
    /// <exception cref="ClusterSilentException">Nobody can say whether there is a job now.</exception>
    Task<string> SubmitAsync(ClusterOrder order, CancellationToken cancellation);

    /// <summary>Ends a job; one that is over already is none to complain about.</summary>
    /// <exception cref="ClusterSilentException">There was no answer.</exception>
    Task CancelAsync(string id, CancellationToken cancellation);
}

/// <summary>What is asked of a cluster.</summary>
/// <param name="Name">The job's name: the same work has the same name, on every machine.</param>
/// <param name="Script">A shell script, absolute; every node sees it under this path.</param>
/// <param name="Folder">Where it runs and where what it says goes.</param>
public sealed record ClusterOrder(string Name, string Script, string Folder);

/// <summary>Where a job stands, in words that fit all clusters.</summary>
public enum ClusterState
{
    /// <summary>A word that this version does not know: taken to be under way.</summary>
    Unknown,
    Waiting,
    Running,

    /// <summary>Its script has ended by itself.</summary>
    Ended,

    /// <summary>Somebody ended it.</summary>
    Cancelled,

    /// <summary>The cluster took the machine away: a more important job, a node that failed. It may be submitted again.</summary>
    Evicted,

    /// <summary>Its time was over. It may be submitted again, where it got on.</summary>
    OutOfTime,

    /// <summary>It needed more memory than it was given.</summary>
    OutOfMemory,
}

/// <summary>A job as its cluster shows it.</summary>
/// <param name="Status">The cluster's own words.</param>
public sealed record ClusterJob(string Id, ClusterState State, string Status)
{
    /// <summary>It has come to its end.</summary>
    public bool IsOver => State is ClusterState.Ended or ClusterState.Cancelled or ClusterState.Evicted or ClusterState.OutOfTime or ClusterState.OutOfMemory;
}

/// <summary>A cluster did not answer.</summary>
public sealed class ClusterSilentException : Exception
{
    public ClusterSilentException()
    {
    }

    public ClusterSilentException(string message)
        : base(message)
    {
    }

    public ClusterSilentException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
