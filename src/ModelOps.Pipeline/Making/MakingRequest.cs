using ModelOps.Backends.Endpoints;
using ModelOps.Core.Making;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Making;

/// <summary>What rows are made of, and where they go.</summary>
/// <param name="Sources">Files, or folders whose <c>*.jsonl</c> files are taken.</param>
/// <param name="Output">The file of rows.</param>
public sealed record MakingRequest(IReadOnlyList<string> Sources, string Output)
{
    public PersonalDataRule PersonalData { get; init; }

    /// <summary>What nobody judged is taken too, with a warning.</summary>
    public bool Unreviewed { get; init; }

    /// <summary>The sheets on which people decide, one for each of them.</summary>
    public IReadOnlyList<string> Sheets { get; init; } = [];
}

/// <summary>A model elsewhere that drafts answers.</summary>
/// <param name="Budget">What it may charge for all that is still open.</param>
/// <param name="StoreRoot">Where its answers are kept.</param>
/// <param name="Project">Whom messages about money name.</param>
public sealed record DraftingRequest(EndpointOptions Endpoint, decimal Budget, string StoreRoot, string Project)
{
    /// <summary>What it is told before each question; empty for nothing.</summary>
    public string Instructions { get; init; } = "";

    public DecodingOptions Decoding { get; init; } = new() { MaxNewTokens = 1024 };
}

/// <summary>What was made.</summary>
/// <param name="From">As it stands beside the rows.</param>
/// <param name="Story">A line for people.</param>
/// <param name="Review">How far the review of drafts is; null where there are none.</param>
public sealed record MakingResult(string File, MadeFrom From, string Story, DraftCounts? Review = null);
