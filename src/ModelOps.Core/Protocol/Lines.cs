namespace ModelOps.Core.Protocol;

/// <summary>One message of a conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
public sealed record PromptMessage(string Role, string Content);

/// <summary>One line of a row file or prompt file.</summary>
/// <param name="Id">The row's digest, or any text that identifies the prompt.</param>
public sealed record PromptLine(string Id, IReadOnlyList<PromptMessage> Messages)
{
    /// <summary>For <c>generate</c>: which of the request's <c>adapters</c> answers; null: its <c>adapter</c>.</summary>
    public string? Adapter { get; init; }
}

/// <summary>One line of a row file of preference pairs.</summary>
/// <param name="Prompt">What both answers follow.</param>
/// <param name="Chosen">The preferred answer: messages, the first and the last of them the assistant's.</param>
public sealed record PreferenceLine(
    string Id, IReadOnlyList<PromptMessage> Prompt, IReadOnlyList<PromptMessage> Chosen, IReadOnlyList<PromptMessage> Rejected);

/// <summary>One line of what <c>inspect</c> says of rows.</summary>
/// <param name="Tokens">As the model's tokenizer and template make them; of a pair those of the longer side.</param>
/// <param name="Scored">How many of them training learns, were nothing cut; of a pair on the side where less is left.</param>
/// <param name="Learned">How many of those stand within <c>maxSequenceLength</c>.</param>
public sealed record LengthLine(string Id, int Tokens, int Scored, int Learned);

/// <summary>One line of an answer file.</summary>
/// <param name="Finish"><c>stop</c> or <c>length</c>.</param>
/// <param name="Milliseconds">Time from the start of this row's decoding to its end; measured, not part of any key.</param>
public sealed record AnswerLine(string Id, int Repeat, string Text, int PromptTokens, int CompletionTokens, string Finish, double Milliseconds)
{
    /// <summary>The answer's tokens; null unless <see cref="DecodingOptions.LogProbabilities"/> asks for them.</summary>
    public IReadOnlyList<AnswerToken>? Tokens { get; init; }
}

/// <summary>A token as the vocabulary spells it, and its log-probability under the model alone, natural logarithm.</summary>
public sealed record AnswerToken(int Id, string Token, double LogProbability)
{
    /// <summary>The likeliest tokens at this place, likeliest first; null unless <see cref="DecodingOptions.TopLogProbabilities"/> asks for them.</summary>
    public IReadOnlyList<AnswerToken>? Top { get; init; }
}

/// <summary>One line of a score file.</summary>
/// <param name="Tokens">Number of scored tokens.</param>
/// <param name="NegativeLogLikelihood">Sum over the scored tokens, in nats.</param>
public sealed record ScoreLine(string Id, int Tokens, double NegativeLogLikelihood)
{
    /// <summary>How many of the scored tokens are at their place as likely as any other; null from a worker that does not count.</summary>
    public int? Likeliest { get; init; }

    /// <summary>The scored tokens, where the request asks for each.</summary>
    public IReadOnlyList<int>? Ids { get; init; }

    /// <summary>The natural logarithm of the probability of each of <see cref="Ids"/>.</summary>
    public IReadOnlyList<float>? LogProbabilities { get; init; }
}
