using ModelOps.Core.Data;

namespace ModelOps.Core.Preparing;

/// <summary>What the records of a source look like; <c>docs/preparation.md</c>.</summary>
public enum SourceFormat
{
    /// <summary>Rows as a dataset takes them, in JSON Lines or one JSON array.</summary>
    Chat,

    /// <summary>The same; the word that people look for when their file is one array.</summary>
    JsonArray,

    /// <summary>Two texts: <c>prompt</c> and <c>completion</c>, or the fields that <see cref="SourceSpec.Prompt"/> and <see cref="SourceSpec.Completion"/> name.</summary>
    PromptCompletion,

    /// <summary><c>instruction</c>, <c>input</c>, <c>output</c>, optionally <c>system</c> and <c>history</c>.</summary>
    Alpaca,

    /// <summary><c>conversations</c> of <c>{"from":…,"value":…}</c>, optionally <c>system</c>.</summary>
    ShareGpt,

    /// <summary>Columns with a header (RFC 4180).</summary>
    Csv,
}

/// <summary>A raw source and how it becomes rows.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Name">Relative to the project, with forward slashes: the same on every machine.</param>
public sealed record SourceSpec(string Path, string Name, SourceFormat Format)
{
    /// <summary>The field or column with the question; null: the format's own.</summary>
    public string? Prompt { get; init; }

    /// <summary>The field or column with the answer; null: the format's own.</summary>
    public string? Completion { get; init; }

    /// <summary>The field or column with the system message; null: <c>system</c> where a record has one.</summary>
    public string? System { get; init; }

    /// <summary>Further fields that stay in the row; <see cref="SourceFormat.Chat"/> keeps all of them.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The field whose value says what belongs together: no value of it is in two sets.</summary>
    public string? Group { get; init; }

    /// <summary>How often a training row of this source occurs; a fraction is the share of rows that occur once more.</summary>
    public decimal Weight { get; init; } = 1;

    /// <summary>SPDX expression; null where the project says nothing.</summary>
    public string? License { get; init; }

    /// <summary>The set that all rows go to, neither filtered nor compared with others; null: they are split.</summary>
    public DatasetKind? Set { get; init; }

    /// <summary>Puts a text that is not ASCII into a Unicode normal form; null: texts stay as they are.</summary>
    public Func<string, string>? Normalize { get; init; }

    internal string SystemField => System ?? "system";
}
