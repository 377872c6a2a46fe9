using System.Text.Json;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;

namespace ModelOps.Runtime;

/// <summary>What an answer must be.</summary>
public enum AnswerFormat
{
    /// <summary>What it was in the evaluation: text, or a document of the package's schema.</summary>
    AsEvaluated,

    /// <summary>Any text.</summary>
    Text,

    /// <summary>A JSON object: of the package's schema where it has one, else of any kind.</summary>
    JsonObject,

    /// <summary>A document of <see cref="ModelQuestion.Schema"/>.</summary>
    JsonSchema,
}

/// <summary>A conversation to continue. What is left out is taken as in the package's evaluation.</summary>
/// <param name="Messages">The conversation so far.</param>
public sealed record ModelQuestion(IReadOnlyList<PromptMessage> Messages)
{
    /// <summary>Stands before the conversation's own system message, and takes the place of the package's.</summary>
    public string? Instructions { get; init; }

    /// <summary>Sends the messages as they are: without the package's system message, as evaluations do.</summary>
    public bool AsIs { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>0 takes the likeliest token each time.</summary>
    public double? Temperature { get; init; }

    public int? TopK { get; init; }

    public double? TopP { get; init; }

    public ulong? Seed { get; init; }

    /// <summary>Which random numbers a sampled answer draws under one seed.</summary>
    public ulong Stream { get; init; }

    /// <summary>Strings that end the answer; they are no part of it. Not beside a JSON format, whose document ends by itself.</summary>
    public IReadOnlyList<string>? Stop { get; init; }

    public AnswerFormat Format { get; init; }

    /// <summary>A JSON Schema of the subset in <c>docs/formats/json-schema-subset.md</c>.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>Likeliest tokens to report at each place, 0 to 20.</summary>
    public int TopLogProbabilities { get; init; }

    /// <summary>The conversation as it was evaluated: with the package's own system message, unless the caller brings one, as a message or as instructions.
    /// A caller who brings both gets both in one message, instructions first.</summary>
    internal IReadOnlyList<(string Role, string Content)> Turns(ModelManifest manifest)
    {
        var turns = Messages.Select(message => (message.Role, message.Content)).ToList();
        int own = turns.FindIndex(turn => turn.Role == "system");
        string? instructions = Instructions is { Length: > 0 } given ? given : null;
        if (own < 0 && (instructions ?? (AsIs ? null : manifest.SystemPrompt)) is { } system)
        {
            turns.Insert(0, ("system", system));
        }
        else if (own >= 0 && instructions is not null)
        {
            turns[own] = ("system", $"{instructions}\n{turns[own].Content}");
        }

        return turns;
    }
}

/// <summary>What the model said.</summary>
/// <param name="PromptTokens">Tokens of the conversation as the template renders it.</param>
/// <param name="Row">Tokens, log-probabilities and why it ended.</param>
public sealed record ModelAnswer(string Text, int PromptTokens, GeneratedRow Row)
{
    /// <summary>It ended by itself; false where the limit on tokens cut it.</summary>
    public bool IsComplete => Row.Reason != StopReason.Length;
}
