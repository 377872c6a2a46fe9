using ModelOps.Backends.Deployments;

namespace ModelOps.Backends.Tests.Deployments;

/// <summary>A provider's deployments in memory: an account that several machines use, in which any call may fail before or after it is carried out.</summary>
internal sealed class MemoryHost : IDeploymentHost
{
    private readonly Dictionary<string, int> _looks = new(StringComparer.Ordinal);

    /// <summary>What stands there now, somebody else's included.</summary>
    public HashSet<string> Standing { get; } = new(StringComparer.Ordinal);

    public List<string> Calls { get; } = [];

    /// <summary>Thrown by a call, before (false) or after (true) it is carried out.</summary>
    public Func<string, bool, Exception?> Fault { get; set; } = (_, _) => null;

    public int ReadyAfter { get; set; } = 2;

    public bool Fails { get; set; }

    /// <summary>So many looks still show what was deleted.</summary>
    public int DeletedLag { get; set; }

    public void Dispose()
    {
    }

    public Task<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancellation)
        => Call<IReadOnlyList<Deployment>>("list", () => [.. Standing.Order(StringComparer.Ordinal).Select(Shown)], cancellation);

    public Task CreateAsync(string name, DeploymentOrder order, CancellationToken cancellation) => Call($"create {order.Model}", () =>
    {
        _looks.TryAdd(name, 0);
        return Standing.Add(name);
    }, cancellation);

    public Task<Deployment?> GetAsync(string name, CancellationToken cancellation) => Call("get", () => Standing.Contains(name) ? Shown(name) : null, cancellation);

    public Task DeleteAsync(string name, CancellationToken cancellation) => Call("delete", () => DeletedLag-- > 0 || Standing.Remove(name), cancellation);

    private Deployment Shown(string name)
    {
        int looks = _looks[name] = _looks.GetValueOrDefault(name) + 1;
        return looks <= ReadyAfter ? new Deployment(name, DeploymentState.Creating, "Creating")
            : Fails ? new Deployment(name, DeploymentState.Failed, "Failed") { Problem = "no capacity" } : new Deployment(name, DeploymentState.Ready, "Succeeded") { AskedAs = $"{name}@1" };
    }

    private Task<T> Call<T>(string what, Func<T> carry, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Calls.Add(what);
        return Fault(what, false) is { } before ? throw before : carry() is var result && Fault(what, true) is { } after ? throw after : Task.FromResult(result);
    }
}
