namespace ModelOps.Runtime;

/// <summary>What a process gives its models, and what it asks of them before they answer.</summary>
public sealed class ModelRuntimeOptions
{
    /// <summary>Threads that compute for one base model; 0 means all cores. Never changes an answer.</summary>
    public int Threads { get; set; }

    /// <summary>Requests that one base model answers at the same time, 1 or more; further ones wait. Never changes an answer.</summary>
    public int MaxConcurrency { get; set; } = 16;

    /// <summary>Bytes for keys and values of all conversations of one base model together. One conversation alone may exceed it. Never changes an answer.</summary>
    public long CacheBytes { get; set; } = 256L << 20;

    /// <summary>Most bytes that opening a model may need (<see cref="ModelMemory"/>); null: no limit.</summary>
    public long? MemoryLimit { get; set; }

    /// <summary>When every file of package and base is read and compared with its digest before it is used.</summary>
    public FileVerification VerifyFiles { get; set; }

    /// <summary>Asks the package's sealed rows on opening and refuses the model where an answer is not the one it gave in its evaluation.</summary>
    public bool ProbeParity { get; set; }

    /// <summary>The key for the provider of a pointer package; null: the provider's usual environment variable, such as <c>OPENAI_API_KEY</c>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Where the model of a pointer package is asked, up to and with the version; null: the provider's own address, as the package has it. A gateway of one's own is
    /// named here, with its <see cref="ApiKey"/>: no key from the environment is sent to it.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>What the provider calls the model of a pointer package; null: as the package says. Where models answer only as deployments (Azure), the name of yours.</summary>
    public string? ProviderModel { get; set; }

    /// <summary>How long a provider may take to begin an answer.</summary>
    public TimeSpan ProviderTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Where base models are looked for by package id and version, after the folder beside the adapter's; null for none. Returns a folder with a manifest, or null.</summary>
    public Func<Core.Packaging.PackageIdentity, string?>? FindBase { get; set; }

    internal ModelRuntimeOptions Copy() => (ModelRuntimeOptions)MemberwiseClone();
}
