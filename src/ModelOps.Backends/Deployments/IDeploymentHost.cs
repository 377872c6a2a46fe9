namespace ModelOps.Backends.Deployments;

/// <summary>What is to be served for a while.</summary>
/// <param name="Model">As the provider calls it.</param>
/// <param name="Tuned">False: a model as the provider offers it.</param>
public sealed record DeploymentOrder(string Model, bool Tuned);

/// <summary>Where a deployment stands, in words that fit all providers.</summary>
public enum DeploymentState
{
    /// <summary>A word that this version does not know: taken to be on the way.</summary>
    Unknown,
    Creating,
    Ready,
    Failed,
    Deleting,
}

/// <summary>A deployment as a provider shows it.</summary>
/// <param name="Name">The one it was asked for by.</param>
/// <param name="Status">The provider's own word.</param>
public sealed record Deployment(string Name, DeploymentState State, string Status)
{
    /// <summary>What a question names as the model: the name, unless the provider made one of its own.</summary>
    public string AskedAs { get; init; } = Name;

    /// <summary>Why it failed, in the provider's words.</summary>
    public string? Problem { get; init; }
}

/// <summary>
/// The wire of a provider that serves a model only where it was deployed. It translates, and decides nothing: <see cref="TemporaryDeployments"/> keeps the order
/// (record, creation, waiting, removal, leftovers) for all of them. All of it may be repeated, and what may pass is repeated inside.
/// </summary>
public interface IDeploymentHost : IDisposable
{
    /// <summary>The account's deployments, those of others included: names tell whose they are.</summary>
    Task<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancellation);

    /// <summary>Asks for a deployment; asked twice under one name there is one.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException">It is refused, or nobody answers.</exception>
    Task CreateAsync(string name, DeploymentOrder order, CancellationToken cancellation);

    /// <summary>The deployment as it is now; null when there is none.</summary>
    Task<Deployment?> GetAsync(string name, CancellationToken cancellation);

    /// <summary>Asks for its end; one that is not there has ended.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException">It is refused, or nobody answers.</exception>
    Task DeleteAsync(string name, CancellationToken cancellation);
}
