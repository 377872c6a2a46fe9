namespace ModelOps.Pipeline.Sharing;

/// <summary>What a project says about sharing results. None of it changes a result.</summary>
/// <param name="Source">A source's name in nuget.config, an address or a folder; empty: results are not shared.</param>
/// <param name="Push">Results of this build are offered to the feed.</param>
/// <param name="SigningKeyVariable">The environment variable with the private key as PEM; empty: entries are pushed unsigned.</param>
/// <param name="TrustedKeys">Files with public keys as PEM, separated by semicolons.</param>
/// <param name="ApiKeyVariable">The environment variable with what the server wants for pushing, beside the credentials in nuget.config.</param>
/// <param name="Timeout">How long a feed may be silent.</param>
public sealed record CacheOptions(string Source, bool Push, string SigningKeyVariable, string TrustedKeys, string ApiKeyVariable, TimeSpan Timeout)
{
    public static CacheOptions Off { get; } = new("", false, "", "", "", TimeSpan.FromSeconds(20));

    /// <summary>Variables of the environment; tests have their own.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;
}

/// <summary>What one build knows of a feed: after the first failure nobody asks it again, and nobody hears of it again.</summary>
public sealed class FeedHealth
{
    private int _silent;
    private int _refuses;

    internal bool Serves => Volatile.Read(ref _silent) == 0;

    internal bool Takes => Serves && Volatile.Read(ref _refuses) == 0;

    /// <summary>It serves nothing any more. True for the first who says so.</summary>
    internal bool FailedToServe() => Interlocked.Exchange(ref _silent, 1) == 0;

    /// <inheritdoc cref="FailedToServe"/>
    internal bool FailedToTake() => Interlocked.Exchange(ref _refuses, 1) == 0;
}
