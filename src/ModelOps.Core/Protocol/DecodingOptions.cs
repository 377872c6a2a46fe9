namespace ModelOps.Core.Protocol;

/// <summary>How answers are generated; part of the evaluation key.</summary>
public sealed record DecodingOptions
{
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>0 means greedy.</summary>
    public double Temperature { get; init; }

    /// <summary>Keeps the k likeliest tokens; 0 means all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the smallest set of tokens whose probability reaches p; 1 means all.</summary>
    public double TopP { get; init; } = 1;

    public ulong Seed { get; init; }

    /// <summary>Strings that end an answer; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Independent answers per prompt.</summary>
    public int Repeats { get; init; } = 1;
}
