using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>A value of the front matter: a scalar's text, a list, or named values.</summary>
internal sealed class FrontMatterNode(SourceLocation location)
{
    public SourceLocation Location { get; } = location;

    public string? Scalar { get; init; }

    public IReadOnlyList<string>? Items { get; init; }

    public IReadOnlyList<FrontMatterEntry>? Entries { get; init; }
}

/// <summary>One <c>key: value</c>.</summary>
internal sealed record FrontMatterEntry(string Key, SourceLocation Location, FrontMatterNode Value);
