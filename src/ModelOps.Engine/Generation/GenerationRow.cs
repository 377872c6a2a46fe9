using System.Diagnostics;
using ModelOps.Engine.Generation.Constraints;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>One answer while it grows.</summary>
internal sealed unsafe class GenerationRow(int index, GenerationPrompt prompt, GenerationOptions options, int maxNewTokens)
{
    private readonly TokenSampler _sampler = new(options, prompt);
    private readonly List<int> _tokens = [];
    private readonly List<float> _logProbabilities = [];
    private StopReason? _reason = maxNewTokens == 0 ? StopReason.Length : null;
    private readonly List<IReadOnlyList<TokenLogProbability>> _alternatives = [];
    private readonly HashSet<int> _stopTokens = [.. options.StopTokenIds];
    private readonly AnswerText? _text = options.Tokenizer is { } tokenizer ? new AnswerText(tokenizer, options.StopStrings) : null;
    private ConstraintState? _state = options.Constraint?.Start;
    private TokenSet? _allowed;
    private int _chosen;
    private string _piece = "";
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

    /// <summary>What the last token came to.</summary>
    internal GenerationStep Step { get; private set; }

    /// <summary>Tokens the cache needs room for.</summary>
    internal int Capacity => prompt.Tokens.Length + maxNewTokens;

    internal int LastToken => _tokens.Count == 0 ? prompt.Tokens[^1] : _tokens[^1];

    /// <summary>Position of <see cref="LastToken"/>.</summary>
    internal int LastPosition => prompt.Tokens.Length + _tokens.Count - 1;

    /// <summary>By adapter, then by prompt: rows that begin alike become neighbours, who share what they begin with.</summary>
    internal static Comparison<GenerationRow> AlikeTogether { get; } = (a, b) =>
        a.Adapter != b.Adapter ? a.Adapter.CompareTo(b.Adapter)
        : a.Prompt.AsSpan().SequenceCompareTo(b.Prompt) is not 0 and int order ? order
        : a.Index.CompareTo(b.Index);

    /// <summary>Tokens that both prompts begin with and that can be computed together.</summary>
    internal int Shares(GenerationRow other) => Adapter == other.Adapter ? Math.Min(Math.Min(Prefill, other.Prefill), Prompt.AsSpan().CommonPrefixLength(other.Prompt)) : 0;

    /// <summary>Before <see cref="Choose"/>: rows share a constraint, so they ask it in turn.</summary>
    internal void AskConstraint() => _allowed = Allowed();

    /// <summary>Chooses the next token, scores it and reads it as text. Rows may do so at the same time.</summary>
    /// <param name="logits">[V] after the last token.</param>
    internal void Choose(float* logits, int vocabulary)
    {
        _chosen = _sampler.Choose(new ReadOnlySpan<float>(logits, vocabulary), _tokens.Count, _allowed);
        if (_stopTokens.Contains(_chosen))
            return;
        _logProbabilities.Add(-Kernels.CrossEntropyRow(logits, vocabulary, _chosen));
        if (options.TopLogProbabilities > 0)
            _alternatives.Add(Alternatives(logits, vocabulary));
        _piece = _text?.Add(_chosen) ?? "";
    }

    /// <summary>Appends the chosen token; returns the text that is certain with it.</summary>
    internal string Take()
    {
        int token = _chosen;
        if (_stopTokens.Contains(token))
        {
            _reason = StopReason.StopToken;
            string rest = _text?.Finish() ?? "";
            Step = new GenerationStep(rest, null, []);
            return rest;
        }

        _tokens.Add(token);
        string piece = _piece;
        _state = _state is null ? null : options.Constraint!.After(_state, token);
        if (_state is { IsFinal: true })
            _reason = StopReason.Complete;
        else if (_text is { IsStopped: true })
            _reason = StopReason.StopString;
        else if (_tokens.Count == maxNewTokens)
            _reason = StopReason.Length;
        if (IsDone)
            piece += _text?.Finish();
        Step = new GenerationStep(piece, new TokenLogProbability(token, _logProbabilities[^1]), _alternatives.Count > 0 ? _alternatives[^1] : []);
        return piece;
    }

    internal GeneratedRow Result() =>
        new(_tokens, _logProbabilities, _reason ?? throw new InvalidOperationException("the row is not done"), _text?.Text)
        {
            TopLogProbabilities = _alternatives,
            Elapsed = Stopwatch.GetElapsedTime(_entered),
        };

    private TokenSet? Allowed()
    {
        if (_state is null)
            return null;
        var tokens = options.Constraint!.Following(_state);
        return _state.Accepts ? tokens.With(_stopTokens) : tokens;
    }

    /// <summary>The likeliest tokens under the model, the lower id of equals first.</summary>
    private TokenLogProbability[] Alternatives(float* logits, int vocabulary)
    {
        var best = new PriorityQueue<int, (float, int)>(options.TopLogProbabilities + 1);
        for (int i = 0; i < vocabulary; i++)
        {
            if (best.Count < options.TopLogProbabilities)
                best.Enqueue(i, (logits[i], -i));
            else if (logits[i] > logits[best.Peek()])
                best.DequeueEnqueue(i, (logits[i], -i));
        }

        var tokens = new TokenLogProbability[best.Count];
        for (int i = tokens.Length - 1; i >= 0; i--)
        {
            int token = best.Dequeue();
            tokens[i] = new TokenLogProbability(token, -Kernels.CrossEntropyRow(logits, vocabulary, token));
        }

        return tokens;
    }
}
