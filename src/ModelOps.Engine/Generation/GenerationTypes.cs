using System.Security.Cryptography;
using System.Text;
using ModelOps.Engine.Generation.Constraints;
using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Generation;

/// <summary>How answers are chosen and where they end.</summary>
public sealed record GenerationOptions
{
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>0 takes the likeliest token each time (greedy).</summary>
    public double Temperature { get; init; }

    /// <summary>Keeps the k likeliest tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the smallest set of tokens whose probability reaches p; 1 keeps all.</summary>
    public double TopP { get; init; } = 1;

    public ulong Seed { get; init; }

    /// <summary>Tokens that end an answer; they are not part of it.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Strings that end an answer; they are not part of its text. They need <see cref="Tokenizer"/>.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>
    /// Makes tokens of the prompt and of the answer so far less likely: their logits are divided by it where positive and multiplied where
    /// negative (Keskar et al., 2019, arXiv:1909.05858). 1 changes nothing.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>What an answer must be; it then ends where its document does.</summary>
    public JsonConstraint? Constraint { get; init; }

    /// <summary>How many of the likeliest tokens are reported at each position, 0 to 20.</summary>
    public int TopLogProbabilities { get; init; }

    /// <summary>Turns tokens into text; without it answers have no text.</summary>
    public Tokenizer? Tokenizer { get; init; }

    /// <summary>Rows that are decoded together; changes no answer.</summary>
    public int MaxBatchRows { get; init; } = 32;

    /// <summary>
    /// Bytes for keys and values of all rows together: rows wait where they would exceed it, and a row that does so alone is answered
    /// alone. Changes no answer.
    /// </summary>
    public long MaxCacheBytes { get; init; } = 1L << 30;

    internal void Check()
    {
        Need(MaxNewTokens >= 0, nameof(MaxNewTokens), MaxNewTokens, "0 or more");
        Need(Temperature >= 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "0 or more");
        Need(TopK >= 0, nameof(TopK), TopK, "0 or more");
        Need(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Need(MaxBatchRows >= 1, nameof(MaxBatchRows), MaxBatchRows, "1 or more");
        Need(MaxCacheBytes >= 0, nameof(MaxCacheBytes), MaxCacheBytes, "0 or more");
        Need(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty), nameof(RepetitionPenalty), RepetitionPenalty, "above 0");
        Need(TopLogProbabilities is >= 0 and <= 20, nameof(TopLogProbabilities), TopLogProbabilities, "0 to 20");
        Need(StopStrings.Count == 0 || Tokenizer is not null, nameof(StopStrings), "set", $"{nameof(Tokenizer)} with them");
        Need(Constraint is null || StopStrings.Count == 0, nameof(StopStrings), "set", "none beside a constraint: a document ends by itself");
        Need(Constraint is null || StopTokenIds.All(Constraint.StopTokenIds.Contains), nameof(StopTokenIds), "more than the constraint's", "the same");
        Need(!StopStrings.Contains(""), nameof(StopStrings), "an empty string", "text in each of them");
    }

    private static void Need<T>(bool ok, string name, T value, string expected)
    {
        if (!ok)
            throw new ArgumentException($"{name} is {value}; expected {expected}", name);
    }
}

/// <summary>What is to be continued. The same tokens, adapter, seed and stream give the same answer, alone or in a batch.</summary>
/// <param name="Tokens">At least one.</param>
/// <param name="Stream">Which random numbers a sampled answer draws: rows and repeats are told apart by it.</param>
public sealed record GenerationPrompt(int[] Tokens, ulong Stream = 0)
{
    /// <summary>For <see cref="Adapter"/>: the model as it is.</summary>
    public const int NoAdapter = AdapterSpan.None;

    /// <summary>Index into the generator's adapters. The first one is the default; a generator without adapters takes it for the model as it is.</summary>
    public int Adapter { get; init; }

    /// <summary>The stream of one repeat of a row, by the row's identity: where the row stands and what stands beside it changes no draw.</summary>
    public static ulong StreamOf(string row, int repeat)
    {
        ulong identity = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(row)));
        return new CounterRandom(identity, (ulong)repeat).Bits(0);
    }
}

/// <summary>Why an answer ended.</summary>
public enum StopReason
{
    /// <summary>The model gave one of the stop tokens.</summary>
    StopToken,

    /// <summary>The text reached one of the stop strings.</summary>
    StopString,

    /// <summary>The document that the constraint asks for is complete.</summary>
    Complete,

    /// <summary>The limit on new tokens, or the model's positions, ran out.</summary>
    Length,
}

/// <summary>One answer.</summary>
/// <param name="Tokens">New tokens, without the stop token.</param>
/// <param name="LogProbabilities">Of each new token under the model alone, whatever penalty, temperature and constraint.</param>
/// <param name="Text">Decoded and cut before the stop string; null without a tokenizer.</param>
public sealed record GeneratedRow(IReadOnlyList<int> Tokens, IReadOnlyList<float> LogProbabilities, StopReason Reason, string? Text)
{
    /// <summary>At each new token the likeliest ones under the model, likeliest first; empty unless asked for.</summary>
    public IReadOnlyList<IReadOnlyList<TokenLogProbability>> TopLogProbabilities { get; init; } = [];

    /// <summary>Measured, from entering the batch to the end.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>A token and its log-probability, natural logarithm.</summary>
public readonly record struct TokenLogProbability(int Token, float LogProbability);

/// <summary>One token of an answer as it comes.</summary>
/// <param name="Text">The text that became certain with it; empty while it could still become part of a character or a stop string.</param>
/// <param name="Token">With its log-probability; null for the token that ends the answer, which is no part of it.</param>
/// <param name="Alternatives">The likeliest tokens at this place, likeliest first; empty unless asked for.</param>
public readonly record struct GenerationStep(string Text, TokenLogProbability? Token, IReadOnlyList<TokenLogProbability> Alternatives);

/// <summary>A prompt that cannot be continued.</summary>
public sealed class GenerationException(int row, string reason) : Exception($"prompt {row}: {reason}")
{
    /// <summary>Zero-based index into the prompts.</summary>
    public int Row { get; } = row;

    /// <summary>What is wrong with the prompt, without its number.</summary>
    public string Reason { get; } = reason;
}
