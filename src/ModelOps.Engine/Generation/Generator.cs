using System.Collections.Concurrent;
using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>
/// Continues prompts with a model and adapters over it, chosen row by row. Rows are decoded together without padding, enter as others
/// leave, and share one prefill of what they begin with; an answer is the same alone and in any batch. Model and adapters must outlive it.
/// </summary>
public sealed class Generator : IDisposable
{
    private const int PrefillTokens = 1024;
    private const int EnteringPart = 4;      // a quarter of the places is free before rows enter,
    private const int EnteringPartApart = 2; // or half of a thread's own
    private const int RowsApart = 16;        // rows for each thread that are worth decoding apart
    private const int PlacesApart = 8;       // places of a thread that decodes apart: a tile of attention, and few enough for the shared cache to hold what they read
    private const long SmallWeights = 32L << 20; // bytes that threads may well read apart, for a shared cache holds them
    private readonly LlamaModel _model;
    private readonly LlamaNetwork _network;
    private readonly ThreadTeam _team;

    /// <param name="threads">0 means all cores; never changes a result.</param>
    public Generator(LlamaModel model, LoraAdapter? adapter = null, int threads = 0)
        : this(model, adapter is null ? [] : [adapter], threads)
    {
    }

    /// <param name="adapters">What prompts choose from by index; they must outlive the generator.</param>
    /// <param name="threads">0 means all cores; never changes a result.</param>
    public Generator(LlamaModel model, IReadOnlyList<LoraAdapter> adapters, int threads = 0)
    {
        _model = model;
        _network = new LlamaNetwork(model, adapters);
        _team = new ThreadTeam(threads > 0 ? threads : Environment.ProcessorCount);
    }

    /// <summary>One answer per prompt, in the order of the prompts.</summary>
    /// <param name="onAnswer">Called on this thread with (index, answer) as each one is done, in no fixed order.</param>
    /// <param name="onText">Called on this thread with (index, piece) as text becomes certain; the pieces joined are the answer's text.</param>
    /// <exception cref="GenerationException">A prompt is empty, too long for the model, holds an unknown token or asks for an unknown adapter.</exception>
    public IReadOnlyList<GeneratedRow> Generate(
        IReadOnlyList<GenerationPrompt> prompts, GenerationOptions options, Action<int, GeneratedRow>? onAnswer = null,
        Action<int, string>? onText = null, CancellationToken cancellation = default)
    {
        options.Check();
        var rows = prompts.Select((prompt, index) => Admission.Row(_network.Config, _network.AdapterCount, prompt, index, options)).ToList();
        var results = new GeneratedRow[rows.Count];
        if (rows.Count == 0)
            return results;
        var done = new Answers(results, onAnswer);
        rows.FindAll(r => r.IsDone).ForEach(done.Add); // no position is left behind the prompt
        rows.RemoveAll(r => r.IsDone);
        rows.Sort(GenerationRow.AlikeTogether);
        if (rows.Count == 0)
            return results;
        int parts = Parts(rows, options, onText);
        var waiting = new WaitingRows(rows, parts);
        var each = parts == 1 ? options : options with { MaxBatchRows = PlacesApart, MaxCacheBytes = options.MaxCacheBytes / parts };
        int entering = Math.Max(1, each.MaxBatchRows / (parts == 1 ? EnteringPart : EnteringPartApart));
        _team.For(parts, part => Decode(next => waiting.Take(part, next), rows.Max(r => r.Capacity), each, entering, done.Add, onText, cancellation));
        done.Tell();
        return results;
    }

    /// <summary>
    /// Threads that decode rows of their own need not meet at every product: worth it for many rows of a small model, whose weights need not be read but once. More
    /// than one only where nothing is shared that several may not use at once.
    /// </summary>
    private int Parts(List<GenerationRow> rows, GenerationOptions options, Action<int, string>? onText)
    {
        int threads = _team.Threads;
        long cache = KeyValueCache.BytesFor(HeadShape.Of(_network.Config), _network.Config.LayerCount, rows.Max(r => r.Capacity));
        bool many = rows.Count >= threads * RowsApart && options.MaxBatchRows >= threads * PlacesApart && cache * options.MaxBatchRows <= options.MaxCacheBytes;
        if (many)
            _model.KeepPanels();
        return many && !_team.RunsInline && options.Constraint is null && onText is null && _model.WeightBytes <= SmallWeights ? threads : 1;
    }

    private void Decode(
        Func<Predicate<GenerationRow>, GenerationRow?> next, int longest, GenerationOptions options, int entering, Action<GenerationRow> done, Action<int, string>? onText,
        CancellationToken cancellation)
    {
        using var session = new DecodingSession(
            _network, _team, longest, Math.Max(PrefillTokens, options.MaxBatchRows), options.MaxBatchRows, options.MaxCacheBytes);
        var batch = new DecodingBatch(session, options.MaxBatchRows, entering);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            batch.Fill(next);
            if (batch.Rows.Count == 0)
                return;
            session.Advance(batch.Rows, onText);
            batch.TakeDone().ForEach(done);
        }
    }

    public void Dispose() => _team.Dispose();

    /// <summary>Answers as they come from several threads, told on the thread that asked.</summary>
    private sealed class Answers(GeneratedRow[] results, Action<int, GeneratedRow>? onAnswer)
    {
        private readonly int _asker = Environment.CurrentManagedThreadId;
        private readonly ConcurrentQueue<int> _untold = [];

        internal void Add(GenerationRow row)
        {
            results[row.Index] = row.Result();
            _untold.Enqueue(row.Index);
            if (Environment.CurrentManagedThreadId == _asker)
                Tell();
        }

        internal void Tell()
        {
            while (_untold.TryDequeue(out int index))
                onAnswer?.Invoke(index, results[index]);
        }
    }
}
