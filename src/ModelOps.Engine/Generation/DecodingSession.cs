using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>The memory of one call of <see cref="Generator"/>, and its two moves: rows enter with their prompts, rows advance by a token.</summary>
internal sealed unsafe class DecodingSession : IDisposable
{
    private readonly LlamaNetwork _network;
    private readonly Pass _pass;
    private readonly CachedAttention _attention;
    private readonly OutputHead _head;
    private readonly LayerActivations _activations;
    private readonly FloatBuffer _last;    // [rows, C]
    private readonly FloatBuffer _logits;  // [rows, V]
    private readonly Stack<KeyValueCache> _free = [];
    private readonly int _longest;
    private KeyValueCache? _prefix;

    internal DecodingSession(LlamaNetwork network, ThreadTeam team, int longest, int tokens, int rows)
    {
        _network = network;
        _longest = longest;
        var config = network.Config;
        _pass = new Pass(config, team, tokens, longest, network.MaximumRank, backward: false);
        _attention = new CachedAttention(_pass.Shape, team);
        _head = network.BuildHead(rows);
        _activations = new LayerActivations(config, tokens, network.Layers[0].Ranks);
        _last = new FloatBuffer((long)rows * config.HiddenSize);
        _logits = new FloatBuffer((long)rows * config.VocabularySize);
    }

    /// <summary>Computes what all rows begin with, once; returns its length. Each row keeps at least one token of its own.</summary>
    internal int SharePrefix(List<GenerationRow> rows)
    {
        if (rows.Count < 2)
            return 0;
        var first = rows[0].Prompt.AsSpan();
        int common = rows.Min(r => r.Prompt.Length) - 1;
        foreach (var row in rows)
            common = Math.Min(common, first.CommonPrefixLength(row.Prompt));
        if (common == 0)
            return 0;
        _prefix = new KeyValueCache(_pass.Shape, _network.Config.LayerCount, common);
        Prefill([new PendingPrompt(_prefix, rows[0].Prompt, 0, common)]);
        return common;
    }

    /// <summary>Takes in the rows' prompts and chooses their first tokens.</summary>
    internal void Enter(List<GenerationRow> rows, int prefix)
    {
        foreach (var row in rows)
        {
            row.Cache = _free.TryPop(out var cache) ? cache : new KeyValueCache(_pass.Shape, _network.Config.LayerCount, _longest);
            if (prefix > 0)
                row.Cache.CopyFrom(_prefix!, prefix);
        }

        // All but the last token of each prompt as one product over many tokens; the last ones as every later token.
        Prefill([.. rows.Select(r => new PendingPrompt(r.Cache!, r.Prompt, prefix, r.Prompt.Length - 1))]);
        Advance(rows, [.. rows.Select(r => r.Prompt[^1])], [.. rows.Select(r => r.Prompt.Length - 1)]);
    }

    /// <summary>One more token for each row.</summary>
    internal void Decode(List<GenerationRow> rows) => Advance(rows, [.. rows.Select(r => r.LastToken)], [.. rows.Select(r => r.LastPosition)]);

    internal void Leave(GenerationRow row)
    {
        if (row.Cache is { } cache)
            _free.Push(cache);
        row.Cache = null;
    }

    private void Advance(List<GenerationRow> rows, int[] tokens, int[] positions)
    {
        _pass.Begin(positions, decoding: true);
        var cached = rows.Select((row, i) => new CachedRow(row.Cache!, i, positions[i], 1)).ToList();
        Forward(tokens, cached);
        int width = _network.Config.HiddenSize, vocabulary = _network.Config.VocabularySize;
        Buffer.MemoryCopy(_activations.Input, _last.Pointer, _last.Length * sizeof(float), (long)tokens.Length * width * sizeof(float));
        _head.Decode(_pass, _last.Pointer, _logits.Pointer);
        for (int i = 0; i < rows.Count; i++)
        {
            if (!rows[i].IsDone)
                rows[i].Advance(_logits.Pointer + (nint)i * vocabulary, vocabulary);
        }
    }

    /// <summary>Fills caches with tokens [From, To) of each prompt, as many at a time as there is memory for.</summary>
    private void Prefill(IReadOnlyList<PendingPrompt> prompts)
    {
        var tokens = new List<int>();
        var positions = new List<int>();
        var rows = new List<CachedRow>();
        foreach (var prompt in prompts)
        {
            for (int at = prompt.From; at < prompt.To;)
            {
                int count = Math.Min(prompt.To - at, _pass.Capacity - tokens.Count);
                rows.Add(new CachedRow(prompt.Cache, tokens.Count, at, count));
                tokens.AddRange(prompt.Tokens.AsSpan(at, count));
                positions.AddRange(Enumerable.Range(at, count));
                at += count;
                if (tokens.Count == _pass.Capacity)
                    Flush();
            }
        }

        if (tokens.Count > 0)
            Flush();

        void Flush()
        {
            _pass.Begin(positions.ToArray(), decoding: false);
            Forward(tokens.ToArray(), rows);
            tokens.Clear();
            positions.Clear();
            rows.Clear();
        }
    }

    private void Forward(int[] tokens, List<CachedRow> rows)
    {
        _network.Embedding.Forward(tokens, _activations.Input);
        for (int l = 0; l < _network.Layers.Length; l++)
        {
            _network.Layers[l].ForwardHeads(_pass, _activations);
            _attention.Forward(l, rows, _activations.Query, _activations.Key, _activations.Value, _activations.Output);
            _network.Layers[l].ForwardRest(_pass, _activations, _activations.Input);
        }
    }

    public void Dispose()
    {
        _pass.Dispose();
        _attention.Dispose();
        _head.Dispose();
        _activations.Dispose();
        _last.Dispose();
        _logits.Dispose();
        _prefix?.Dispose();
        foreach (var cache in _free)
            cache.Dispose();
    }

    private readonly record struct PendingPrompt(KeyValueCache Cache, int[] Tokens, int From, int To);
}
