using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>The rows that judge, and those that the floors learn from.</summary>
internal static class HeldOutRows
{
    /// <summary>A set in canonical order; it must be the one that Validate saw.</summary>
    public static IReadOnlyList<EvaluationItem> Read(
        ProjectInputs inputs, IReadOnlyList<ProjectItem> files, DatasetSet validated, IStageLog log, CancellationToken cancellation)
    {
        Dataset? rows = DatasetReader.Read([.. files.Select(i => i.FullPath)], validated.Kind, log, cancellation);
        return rows?.Digest == validated.Digest ? EvaluationItem.FromRows(rows.Rows) : throw EvaluateErrors.DataMoved(inputs.ProjectFile);
    }

    public static IReadOnlyList<TrainingExample> TrainingExamples(StageFiles files)
        => [.. TrainingConversations(files).Select(row => new TrainingExample(row.LastOrDefault(m => m.Role == "user")?.Content ?? "", row[^1].Content))];

    /// <summary>The system message of the training rows, when they all have the same one.</summary>
    public static string? CommonSystemPrompt(StageFiles files)
    {
        string[] prompts = [.. TrainingConversations(files)
            .Select(row => row.FirstOrDefault(m => m.Role == "system")?.Content ?? "").Distinct(StringComparer.Ordinal)];
        return prompts is [{ Length: > 0 } only] ? only : null;
    }

    /// <summary>What each row of the evaluation set asks, by the row's digest.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<PromptMessage>> Questions(StageFiles files)
        => JsonLines.Read<PromptLine>(files.Rows(DatasetKind.Evaluation), "Validate").DistinctBy(row => row.Id)
            .ToDictionary(row => row.Id, row => (IReadOnlyList<PromptMessage>)[.. row.Messages.SkipLast(1)], StringComparer.Ordinal);

    // Of a preference pair the preferred answer counts.
    private static IEnumerable<IReadOnlyList<PromptMessage>> TrainingConversations(StageFiles files)
        => JsonLines.Read<TrainingLine>(files.Rows(DatasetKind.Training), "Validate").Select(row => row.Messages ?? [.. row.Prompt ?? [], .. row.Chosen ?? []]);

    /// <summary>A line of the training rows in either shape.</summary>
    private sealed record TrainingLine(
        string Id, IReadOnlyList<PromptMessage>? Messages = null, IReadOnlyList<PromptMessage>? Prompt = null,
        IReadOnlyList<PromptMessage>? Chosen = null, IReadOnlyList<PromptMessage>? Rejected = null);
}
