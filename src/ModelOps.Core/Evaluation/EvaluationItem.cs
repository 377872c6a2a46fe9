using System.Text.Json;
using ModelOps.Core.Data;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Evaluation;

/// <summary>One held-out row.</summary>
/// <param name="Id">The row's digest, or any text that is unique within the set.</param>
/// <param name="Messages">The conversation up to the answer that is asked for.</param>
/// <param name="Reference">The right answer.</param>
/// <param name="Slice">The slice the row belongs to, when it has one.</param>
/// <param name="Fields">Further fields of the row that a prompt may name; JSON values other than strings as their JSON text.</param>
public sealed record EvaluationItem(
    string Id,
    IReadOnlyList<PromptMessage> Messages,
    string Reference,
    string? Slice = null,
    IReadOnlyDictionary<string, string>? Fields = null)
{
    /// <summary>The last user message: what a prompt's <c>{{input}}</c> stands for.</summary>
    public string Input => Messages.LastOrDefault(m => m.Role == "user")?.Content ?? "";

    /// <summary>
    /// The rows as held-out items, in their order. A row that is there twice is taken once: the same question is no second piece of evidence.
    /// The row's <c>slice</c> is its slice; string fields become their text, other values stay JSON.
    /// </summary>
    public static IReadOnlyList<EvaluationItem> FromRows(IEnumerable<Row> rows) => [.. rows.DistinctBy(r => r.Id).Select(FromRow)];

    private static EvaluationItem FromRow(Row row)
    {
        Dictionary<string, string> fields = row.Fields().ToDictionary(
            f => f.Key, f => f.Value.StartsWith('"') ? JsonSerializer.Deserialize<string>(f.Value)! : f.Value, StringComparer.Ordinal);
        return new EvaluationItem(row.Id.ToString(), row.Prompt, row.Answer, fields.GetValueOrDefault("slice"), fields);
    }
}

/// <summary>What a subject said about one row.</summary>
/// <param name="Finish"><c>stop</c> or <c>length</c>.</param>
/// <param name="Score">Log-likelihood of the reference, where the subject can tell it.</param>
public sealed record SubjectAnswer(string Text, string Finish = "stop", int PromptTokens = 0, int CompletionTokens = 0, ReferenceScore? Score = null)
{
    /// <summary>All that was said, where <see cref="Text"/> is what was extracted from it; else null.</summary>
    public string? Raw { get; init; }
}

/// <summary>How likely a subject finds the reference.</summary>
/// <param name="Tokens">Number of scored tokens, at least 1.</param>
/// <param name="NegativeLogLikelihood">Sum over the scored tokens, in nats.</param>
public sealed record ReferenceScore(int Tokens, double NegativeLogLikelihood)
{
    /// <summary>How many of the tokens the subject would have chosen itself; null where it does not tell.</summary>
    public int? Likeliest { get; init; }
}

/// <summary>What a subject is.</summary>
public enum SubjectKind
{
    /// <summary>The tuned model as it will be used: what gates judge.</summary>
    Candidate,

    /// <summary>The last released package.</summary>
    Released,

    /// <summary>The tuned model asked in another way than it will be used; shown, never judged and never a bar.</summary>
    Variant,

    /// <summary>The base model, an endpoint or a command under a prompt: the best of them is the bar.</summary>
    Baseline,

    /// <summary>An answer that needs no model.</summary>
    Floor,
}
