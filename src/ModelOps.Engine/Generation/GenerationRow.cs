using System.Diagnostics;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>One answer while it grows.</summary>
internal sealed unsafe class GenerationRow(int index, GenerationPrompt prompt, GenerationOptions options, int maxNewTokens)
{
    private readonly TokenSampler _sampler = new(options, prompt);
    private readonly List<int> _tokens = [];
    private readonly List<float> _logProbabilities = [];
    private StopReason? _reason = maxNewTokens == 0 ? StopReason.Length : null;
    private string? _text;
    private long _entered = Stopwatch.GetTimestamp();

    internal int Index => index;

    /// <summary>Starts the row's clock.</summary>
    internal void Enter() => _entered = Stopwatch.GetTimestamp();

    internal int[] Prompt => prompt.Tokens;

    internal int Adapter => prompt.Adapter;

    /// <summary>Tokens of the prompt that are computed together; the last one is computed as every later token.</summary>
    internal int Prefill => prompt.Tokens.Length - 1;

    internal PromptCache? Cache { get; set; }

    internal bool IsDone => _reason is not null;

    /// <summary>Tokens the cache needs room for.</summary>
    internal int Capacity => prompt.Tokens.Length + maxNewTokens;

    internal int LastToken => _tokens.Count == 0 ? prompt.Tokens[^1] : _tokens[^1];

    /// <summary>Position of <see cref="LastToken"/>.</summary>
    internal int LastPosition => prompt.Tokens.Length + _tokens.Count - 1;

    /// <summary>Tokens that both prompts begin with and that can be computed together.</summary>
    internal int Shares(GenerationRow other) => Adapter == other.Adapter ? Math.Min(Math.Min(Prefill, other.Prefill), Prompt.AsSpan().CommonPrefixLength(other.Prompt)) : 0;

    /// <param name="logits">[V] after the last token.</param>
    internal void Advance(float* logits, int vocabulary)
    {
        int token = _sampler.Choose(new ReadOnlySpan<float>(logits, vocabulary), _tokens.Count);
        if (options.StopTokenIds.Contains(token))
        {
            _reason = StopReason.StopToken;
            return;
        }

        _tokens.Add(token);
        _logProbabilities.Add(-Kernels.CrossEntropyRow(logits, vocabulary, token));
        if (HitsStopString())
            _reason = StopReason.StopString;
        else if (_tokens.Count == maxNewTokens)
            _reason = StopReason.Length;
    }

    internal GeneratedRow Result() =>
        new(_tokens, _logProbabilities, _reason ?? throw new InvalidOperationException("the row is not done"), _text ?? options.Decode?.Invoke(_tokens))
        {
            Elapsed = Stopwatch.GetElapsedTime(_entered),
        };

    private bool HitsStopString()
    {
        if (options.StopStrings.Count == 0)
            return false;
        string text = options.Decode!(_tokens);
        int end = options.StopStrings.Select(s => text.IndexOf(s, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (end < 0)
            return false;
        _text = text[..end];
        return true;
    }
}
