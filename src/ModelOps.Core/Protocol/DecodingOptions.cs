using System.Text.Json;

namespace ModelOps.Core.Protocol;

/// <summary>How answers are generated; part of the evaluation key.</summary>
public sealed record DecodingOptions
{
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>0 means greedy.</summary>
    public double Temperature { get; init; }

    /// <summary>Keeps the k likeliest tokens; 0 means all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the smallest set of tokens whose probability reaches p; 1 means all.</summary>
    public double TopP { get; init; } = 1;

    public ulong Seed { get; init; }

    /// <summary>Strings that end an answer; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Divides the positive and multiplies the negative logits of tokens of the prompt and the answer so far; 1 changes nothing (Keskar et al., 2019, arXiv:1909.05858).</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>A JSON Schema of <c>docs/formats/json-schema-subset.md</c> that every answer satisfies; null: any text.</summary>
    public JsonElement? JsonSchema { get; init; }

    /// <summary>Writes each answer's tokens with their log-probabilities; changes no answer.</summary>
    public bool LogProbabilities { get; init; }

    /// <summary>How many of the likeliest tokens are written beside each token, 0 to 20; above 0, tokens are written as well.</summary>
    public int TopLogProbabilities { get; init; }

    /// <summary>Independent answers per prompt.</summary>
    public int Repeats { get; init; } = 1;
}
