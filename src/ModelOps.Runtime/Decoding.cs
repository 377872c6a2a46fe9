using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Generation.Constraints;

namespace ModelOps.Runtime;

/// <summary>How an answer is chosen: as in the evaluation, but for what the question says.</summary>
internal static class Decoding
{
    /// <exception cref="DiagnosticException"><c>MOPS7008</c>: the schema is outside of the subset; <c>MOPS7108</c>: stop strings beside a JSON format.</exception>
    public static GenerationOptions Of(LoadedPackage loaded, ModelQuestion question)
    {
        DecodingOptions evaluated = loaded.Manifest.Decoding ?? new();
        JsonConstraint? constraint = Constraint(loaded, question, evaluated.JsonSchema);
        if (constraint is not null && question.Stop is { Count: > 0 })
        {
            throw new DiagnosticException(RuntimeErrors.Unsupported(loaded.Manifest.Id, "stop strings beside a JSON format: its document ends by itself"));
        }

        return loaded.Model.Chat.Complete(new GenerationOptions
        {
            MaxNewTokens = question.MaxTokens ?? evaluated.MaxNewTokens,
            Temperature = question.Temperature ?? evaluated.Temperature,
            TopK = question.TopK ?? evaluated.TopK,
            TopP = question.TopP ?? evaluated.TopP,
            RepetitionPenalty = evaluated.RepetitionPenalty,
            Seed = question.Seed ?? evaluated.Seed,
            StopStrings = constraint is not null ? [] : question.Stop ?? evaluated.Stop,
            Constraint = constraint,
            TopLogProbabilities = question.TopLogProbabilities,
        });
    }

    private static JsonConstraint? Constraint(LoadedPackage loaded, ModelQuestion question, JsonElement? evaluated) => question.Format switch
    {
        AnswerFormat.AsEvaluated when evaluated is { } schema => Of(loaded, schema),
        AnswerFormat.JsonObject => evaluated is { } schema ? Of(loaded, schema) : loaded.Model.Constraint(null, loaded.Manifest.Id),
        AnswerFormat.JsonSchema => Of(loaded, question.Schema ?? throw new ArgumentException("the format asks for a schema and the question has none", nameof(question))),
        _ => null,
    };

    private static JsonConstraint Of(LoadedPackage loaded, JsonElement schema) => loaded.Model.Constraint(schema.GetRawText(), loaded.Manifest.Id);
}
