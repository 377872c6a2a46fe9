namespace TinyBase.Corpus;

/// <summary>What somebody writes for: decides which templates are used, and is a thing to classify.</summary>
internal enum Kind { Problem, Request, Question, Praise, News }

internal enum Urgency { Later, Soon, Now }

/// <summary>Something stated in a passage, with the question that it answers.</summary>
internal sealed record Fact(string Key, string Value, string Question);

/// <summary>A short text whose properties are known because it was written from them.</summary>
internal sealed record Passage(string Text, Topic Topic, Kind Kind, Urgency? Urgency, IReadOnlyList<Fact> Facts, string? Thing);

/// <summary>What a passage has to contain.</summary>
internal sealed record PassagePlan
{
    public Kind? Kind { get; init; }
    public Urgency? Urgency { get; init; }
    public int Facts { get; init; }
    public int Sentences { get; init; } = 1;

    /// <summary>A thing that the text must mention by name.</summary>
    public string? Thing { get; init; }

    /// <summary>Per cent of the passages that get greeting or closing words.</summary>
    public int Frame { get; init; } = 15;

    /// <summary>Per cent of the passages that are written hastily.</summary>
    public int Noise { get; init; } = 15;
}
