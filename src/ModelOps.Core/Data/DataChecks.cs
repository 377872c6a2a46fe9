using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Data;

/// <summary>What is looked for in rows that are valid; <c>docs/data-checks.md</c> has all of it with its thresholds.</summary>
public sealed record DataChecks
{
    /// <summary>Where what was found goes.</summary>
    public required Findings Findings { get; init; }

    /// <summary>Jaccard similarity of their runs of three words from which two rows are near duplicates, and two questions the same; 0: not looked for.</summary>
    public double NearDuplicates { get; init; } = 0.8;

    /// <summary>The schema of every answer; null: any text.</summary>
    public JsonSchema? AnswerSchema { get; init; }

    /// <summary>The held-out questions that rows of this set must not resemble; null: nothing is held out from it.</summary>
    internal HeldOutQuestions? HeldOut { get; init; }
}
