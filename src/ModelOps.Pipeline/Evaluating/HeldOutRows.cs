using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>The rows that judge, and those that the floors learn from.</summary>
internal static class HeldOutRows
{
    private const string SliceField = "slice";

    /// <summary>The evaluation set in canonical order; it must be the one that Validate saw.</summary>
    public static IReadOnlyList<EvaluationItem> Read(ProjectInputs inputs, DatasetSet validated, IStageLog log, CancellationToken cancellation)
    {
        Dataset? rows = DatasetReader.Read([.. inputs.EvalData.Select(i => i.FullPath)], DatasetKind.Evaluation, log, cancellation);
        return rows?.Digest == validated.Digest ? [.. rows.Rows.Select(ToItem)] : throw EvaluateErrors.DataMoved(inputs.ProjectFile);
    }

    public static IReadOnlyList<TrainingExample> TrainingExamples(StageFiles files)
        => [.. JsonLines.Read<PromptLine>(files.Rows(DatasetKind.Training), "Validate")
            .Select(row => new TrainingExample(row.Messages.LastOrDefault(m => m.Role == "user")?.Content ?? "", row.Messages[^1].Content))];

    private static EvaluationItem ToItem(Row row)
    {
        IReadOnlyDictionary<string, string> fields = row.Fields();
        var texts = fields.ToDictionary(f => f.Key, f => Text(f.Value), StringComparer.Ordinal);
        return new EvaluationItem(row.Id.ToString(), row.Prompt, row.Answer, texts.GetValueOrDefault(SliceField), texts);
    }

    /// <summary>A JSON string's text; other values as their JSON.</summary>
    private static string Text(string json) => json is ['"', ..] ? System.Text.Json.JsonSerializer.Deserialize<string>(json)! : json;
}
