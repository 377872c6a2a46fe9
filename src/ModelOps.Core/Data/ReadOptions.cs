namespace ModelOps.Core.Data;

/// <summary>How a set is read.</summary>
public sealed record ReadOptions
{
    public RowOrder Order { get; init; }

    /// <summary>Bytes of canonical rows that are held in memory; what is more goes to a temporary file.</summary>
    public long Memory { get; init; } = 64L << 20;

    /// <summary>The folder of that file; null: the system's for temporary files.</summary>
    public string? SpillFolder { get; init; }

    /// <summary>What is looked for in the rows; null: only what makes one unusable.</summary>
    public DataChecks? Checks { get; init; }
}
