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

    /// <summary>Reads every file of package and base and compares its digest. The consumer's build has done so once; set it where files can change after that.</summary>
    public bool VerifyFiles { get; set; }

    /// <summary>Asks the package's sealed rows on opening and refuses the model where an answer is not the one it gave in its evaluation.</summary>
    public bool ProbeParity { get; set; }

    /// <summary>Where base models are looked for by package id and version, after the folder beside the adapter's; null for none. Returns a folder with a manifest, or null.</summary>
    public Func<Core.Packaging.PackageIdentity, string?>? FindBase { get; set; }

    internal ModelRuntimeOptions Copy() => (ModelRuntimeOptions)MemberwiseClone();
}
