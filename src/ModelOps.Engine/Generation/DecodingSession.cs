using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>The memory of one call of <see cref="Generator"/>, and its two moves: rows enter with their prompts, rows advance by a token.</summary>
internal sealed unsafe class DecodingSession : IDisposable
{
    private const int WorthWaiting = 16; // tokens; a pass of its own costs about as much as these
    private const int WorthSharing = KeyValueCache.Block; // tokens; what is shared is a multiple of it
    private const int MostAlike = 8;     // rows of a tile of products
    private const int SpareRank = 64;    // adapters up to this one come and go without new memory
    private readonly ThreadTeam _team;
    private readonly int _tokens;
    private LlamaNetwork _network;
    private Pass _pass;
    private LayerActivations _activations;
    private int _longest;
    private int _rank;
    private readonly CachedAttention _attention;
    private readonly OutputHead _head;
    private readonly FloatBuffer _last;    // [rows, C]
    private readonly FloatBuffer _logits;  // [rows, V]
    private readonly CachePool _caches;

    /// <param name="longest">Tokens of the longest row, new ones included.</param>
    /// <param name="tokens">Most tokens of one pass.</param>
    /// <param name="rows">Most rows that are answered at once.</param>
    /// <param name="cacheBytes">Bound on the memory of the key-value caches.</param>
    /// <param name="cacheStep">Above 0, caches have room for a multiple of so many tokens; else for the longest row, as far as the bound allows.</param>
    internal DecodingSession(LlamaNetwork network, ThreadTeam team, int longest, int tokens, int rows, long cacheBytes, int cacheStep = 0)
    {
        _network = network;
        _team = team;
        _tokens = tokens;
        _longest = longest;
        _rank = Math.Max(SpareRank, network.MaximumRank);
        var config = network.Config;
        _pass = NewPass();
        _attention = new CachedAttention(_pass.Shape, team);
        _head = network.BuildHead(rows);
        _activations = NewActivations();
        _last = new FloatBuffer((long)rows * config.HiddenSize);
        _logits = new FloatBuffer((long)rows * config.VocabularySize);
        long perToken = KeyValueCache.BytesFor(_pass.Shape, config.LayerCount, longest) / longest;
        int usual = cacheStep > 0 ? cacheStep : (int)Math.Clamp(cacheBytes / rows / Math.Max(1, perToken), 1, longest);
        _caches = new CachePool(_pass.Shape, config.LayerCount, cacheBytes, usual, Math.Max(1, cacheStep));
    }

    /// <summary>Other adapters over the same model, from the next move on. No row may be under way under one that is not among them.</summary>
    /// <param name="gone">Numbers that stand for another adapter than before, or for none.</param>
    internal void Use(LlamaNetwork network, IEnumerable<int> gone)
    {
        _network = network;
        foreach (int adapter in gone)
            _caches.Forget(adapter);
        if (network.MaximumRank <= _rank)
            return;
        _rank = network.MaximumRank;
        _activations.Dispose();
        _activations = NewActivations();
        _pass.Dispose();
        _pass = NewPass();
    }

    /// <summary>Rows up to this length fit from now on.</summary>
    internal void Fit(int longest)
    {
        if (longest <= _longest)
            return;
        _longest = longest;
        _pass.Dispose();
        _pass = NewPass();
    }

    private Pass NewPass() => new(_network.Config, _team, _tokens, _longest, _rank, backward: false);

    private LayerActivations NewActivations() =>
        new(_network.Config, _tokens, [.. Enumerable.Repeat(_rank, LlamaWeightNames.LinearModules.Length)]);

    /// <summary>Promises the row its memory; false where rows that are being answered must end first.</summary>
    internal bool TryReserve(GenerationRow row) => _caches.TryReserve(row);

    /// <summary>Takes in the rows' prompts, all but their last tokens.</summary>
    internal void Enter(IReadOnlyList<GenerationRow> rows)
    {
        while (rows.Count > 0)
        {
            // A row that shares more with another one here than with what is in memory waits for that one's prompt.
            var now = new List<GenerationRow>();
            var later = new List<GenerationRow>();
            foreach (var row in rows)
            {
                int known = _caches.Known(row);
                (now.Exists(other => other.Shares(row) >= known + WorthWaiting) ? later : now).Add(row);
            }

            now.ForEach(_caches.Rent);
            Prefill(now);
            rows = later;
        }
    }

    /// <summary>One more token for each row; rows of one adapter stand together, and those that begin alike.</summary>
    /// <param name="onText">Takes a row's index and the text that became certain.</param>
    internal void Advance(IReadOnlyList<GenerationRow> rows, Action<int, string>? onText)
    {
        int[] tokens = [.. rows.Select(r => r.LastToken)], positions = [.. rows.Select(r => r.LastPosition)];
        _pass.Begin(positions, decoding: true, Spans(rows.Select(r => (r.Adapter, 1))));
        CachedRow[] cached = [.. rows.Select((row, i) => new CachedRow(row.Cache!.Memory, i, positions[i], 1))];
        var alike = Alike(rows);
        Forward(tokens, _network.Layers.Length, layer => _attention.Decode(layer, cached, alike, _activations.Query, _activations.Key, _activations.Value, _activations.Output));
        int width = _network.Config.HiddenSize, vocabulary = _network.Config.VocabularySize;
        Buffer.MemoryCopy(_activations.Input, _last.Pointer, _last.Length * sizeof(float), (long)tokens.Length * width * sizeof(float));
        _head.Decode(_pass, _last.Pointer, _logits.Pointer);
        foreach (var row in rows)
            row.AskConstraint();
        _pass.Team.For(rows.Count, i => rows[i].Choose(_logits.Pointer + (nint)i * vocabulary, vocabulary));
        for (int i = 0; i < rows.Count; i++)
        {
            string piece = rows[i].Take();
            if (piece.Length > 0)
                onText?.Invoke(rows[i].Index, piece);
        }
    }

    internal void Leave(GenerationRow row) => _caches.Return(row);

    /// <summary>Fills the rows' caches with their prompts, as many tokens at a time as there is memory for.</summary>
    private void Prefill(List<GenerationRow> rows)
    {
        var tokens = new List<int>();
        var pieces = new List<(GenerationRow Row, CachedRow Tokens)>();
        foreach (var row in rows.OrderBy(r => r.Adapter))
        {
            for (int at = row.Cache!.Filled; at < row.Prefill;)
            {
                int count = Math.Min(row.Prefill - at, _pass.Capacity - tokens.Count);
                pieces.Add((row, new CachedRow(row.Cache.Memory, tokens.Count, at, count)));
                tokens.AddRange(row.Prompt.AsSpan(at, count));
                at += count;
                if (tokens.Count == _pass.Capacity)
                    Flush();
            }

            row.Cache.Filled = row.Prefill;
        }

        if (tokens.Count > 0)
            Flush();

        void Flush()
        {
            int[] positions = [.. pieces.SelectMany(p => Enumerable.Range(p.Tokens.Position, p.Tokens.Count))];
            _pass.Begin(positions, decoding: false, Spans(pieces.Select(p => (p.Row.Adapter, p.Tokens.Count))));
            // Nobody reads what a prompt comes to above the last layer's keys and values.
            CachedRow[] cached = [.. pieces.Select(p => p.Tokens)];
            int last = _network.Layers.Length - 1;
            Forward([.. tokens], last, layer => _attention.Forward(layer, cached, _activations.Query, _activations.Key, _activations.Value, _activations.Output));
            _network.Layers[last].ForwardKeyValues(_pass, _activations);
            _attention.Keep(last, cached, _activations.Key, _activations.Value);
            tokens.Clear();
            pieces.Clear();
        }
    }

    /// <summary>Divides the batch where less than <see cref="WorthSharing"/> tokens would be shared.</summary>
    private static List<AlikeRows> Alike(IReadOnlyList<GenerationRow> rows)
    {
        var alike = new List<AlikeRows>();
        for (int first = 0, count; first < rows.Count; first += count)
        {
            int shared = 0;
            for (count = 1; count < MostAlike && first + count < rows.Count; count++)
            {
                int more = rows[first].Shares(rows[first + count]);
                if (more < WorthSharing)
                    break;
                shared = count == 1 ? more : Math.Min(shared, more);
            }

            alike.Add(new AlikeRows(first, count, shared & -WorthSharing));
        }

        return alike;
    }

    private static AdapterSpan[] Spans(IEnumerable<(int Adapter, int Count)> pieces)
    {
        var spans = new List<AdapterSpan>();
        int start = 0;
        foreach (var (adapter, count) in pieces)
        {
            if (spans.Count > 0 && spans[^1].Adapter == adapter)
                spans[^1] = spans[^1] with { Count = spans[^1].Count + count };
            else
                spans.Add(new AdapterSpan(adapter, start, count));
            start += count;
        }

        return [.. spans];
    }

    /// <param name="layers">How many, from the first.</param>
    /// <param name="attend">Attention of one layer.</param>
    private void Forward(int[] tokens, int layers, Action<int> attend)
    {
        _network.Embedding.Forward(tokens, _activations.Input);
        for (int l = 0; l < layers; l++)
        {
            _network.Layers[l].ForwardHeads(_pass, _activations);
            attend(l);
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
        _caches.Dispose();
    }
}
