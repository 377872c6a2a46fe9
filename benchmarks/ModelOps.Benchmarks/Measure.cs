namespace ModelOps.Benchmarks;

/// <summary>One comparison: ours against a peer, or against a limit where there is no peer.</summary>
/// <param name="Name">Group and name, for example <c>build/noop</c>.</param>
/// <param name="Unit">Unit of both numbers, for example <c>ms</c>.</param>
/// <param name="Op"><c>&gt;=</c> or <c>&lt;=</c>: how the ratio must stand to the bound.</param>
/// <param name="Bound">Bound of the ratio ours / peer.</param>
/// <param name="Ours">Measures once.</param>
/// <param name="Peer">Measures the peer once, or returns the limit.</param>
internal sealed record Measure(string Name, string Unit, string Op, double Bound, Func<double> Ours, Func<double> Peer)
{
    /// <summary>Near 1 a median says little, so more pairs are taken and the interval decides.</summary>
    public bool IsTight => Math.Abs(Bound - 1) <= 0.1;

    /// <summary>Pairs to take. A whole run that lasts minutes may take fewer than five; its interval says so.</summary>
    public int Pairs { get; init; } = Math.Abs(Bound - 1) <= 0.1 ? 20 : 5;

    /// <summary>Why this measure cannot be taken here (a peer that is not installed), or null. A measure that is left out says so; it is never guessed.</summary>
    public Func<string?> Missing { get; init; } = static () => null;

    /// <summary>Setting up that is not timed; runs once before the first pair.</summary>
    public Action Prepare { get; init; } = static () => { };
}
