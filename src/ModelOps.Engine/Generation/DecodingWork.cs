using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>What the thread of a <see cref="BatchLoop"/> works on; nobody else touches it.</summary>
internal sealed class DecodingWork : IDisposable
{
    private const int PrefillTokens = 1024;
    private const int CacheStep = 128;    // tokens; what a row does not need of them costs addresses, not memory
    private const int UsualTokens = 2048; // memory is laid out for rows of this length, and anew for a longer one
    private readonly LlamaModel _model;
    private readonly BatchLoopOptions _options;
    private readonly ThreadTeam _team;
    private readonly LinkedList<GenerationRow> _waiting = [];
    private readonly Dictionary<GenerationRow, PendingAnswer> _answers = [];
    private LlamaNetwork _network;
    private DecodingSession _session;
    private DecodingBatch _batch;

    internal DecodingWork(LlamaModel model, BatchLoopOptions options)
    {
        _model = model;
        _options = options;
        _team = new ThreadTeam(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        _network = new LlamaNetwork(model, []);
        _session = NewSession();
        _batch = new DecodingBatch(_session, options.MaxBatchRows);
    }

    internal bool IsIdle => _answers.Count == 0;

    internal static long Bytes(LlamaConfig config, int rows)
    {
        const int Rank = 64;
        long wide = Math.Max(Math.Max(config.HiddenSize, config.IntermediateSize), config.QuerySize);
        long perToken = config.HiddenSize + config.IntermediateSize + Rank + 2 * wide + LayerActivations.Width(config) + LlamaWeightNames.LinearModules.Length * Rank;
        long perRow = 2L * config.VocabularySize + 2L * config.HiddenSize;
        return sizeof(float) * (Math.Max(PrefillTokens, rows) * perToken + rows * perRow);
    }

    /// <summary>Other adapters from now on; rows of those that are gone end.</summary>
    internal void Use(IReadOnlyList<LoraAdapter?> adapters, IReadOnlyCollection<int> gone)
    {
        End(row => gone.Contains(row.Adapter), pending => pending.End(new ObjectDisposedException(nameof(LoraAdapter))));
        _network = new LlamaNetwork(_model, adapters);
        _session.Use(_network, gone);
    }

    internal void Admit(IEnumerable<PendingAnswer> arriving)
    {
        foreach (var pending in arriving)
        {
            if (pending.Row.IsDone) // no position is left behind the prompt
            {
                pending.End();
                continue;
            }

            _answers.Add(pending.Row, pending);
            _waiting.AddLast(pending.Row);
        }
    }

    /// <summary>One more token for every row there is room for.</summary>
    internal void Step()
    {
        End(row => _answers[row].IsCancelled, pending => pending.Cancel());
        try
        {
            if (_waiting.Count > 0)
                _session.Fit(Math.Min(_model.Config.MaxPositions, _waiting.Max(row => row.Capacity)));
            _batch.Fill(Next);
            if (_batch.Rows.Count > 0)
                _session.Advance(_batch.Rows, onText: null);
        }
        catch (Exception e) // memory ran out: those who were asked for together end together, the next ones begin anew
        {
            Restart(e);
            return;
        }

        var deaf = _batch.Rows.Where(row => !_answers[row].Report()).ToHashSet();
        End(deaf.Contains, _ => { });
        foreach (var row in _batch.TakeDone())
        {
            _answers.Remove(row, out var pending);
            pending!.End();
        }
    }

    private GenerationRow? Next(Predicate<GenerationRow> fits)
    {
        if (_waiting.First is not { } first || !fits(first.Value))
            return null;
        _waiting.RemoveFirst();
        return first.Value;
    }

    /// <summary>Rows that wait or are being answered leave before their time.</summary>
    private void End(Predicate<GenerationRow> which, Action<PendingAnswer> end)
    {
        List<GenerationRow> leaving = [.. _batch.Take(which), .. _waiting.Where(row => which(row))];
        foreach (var row in leaving)
        {
            _waiting.Remove(row);
            _answers.Remove(row, out var pending);
            end(pending!);
        }
    }

    private void Restart(Exception failure)
    {
        // Also rows that had left the queue and not reached the batch.
        foreach (var row in _answers.Keys.Where(row => !_waiting.Contains(row)).ToList())
        {
            _answers.Remove(row, out var pending);
            pending!.End(failure);
        }

        _session.Dispose();
        _session = NewSession();
        _batch = new DecodingBatch(_session, _options.MaxBatchRows);
    }

    private DecodingSession NewSession() => new(
        _network, _team, Math.Min(_model.Config.MaxPositions, UsualTokens), Math.Max(PrefillTokens, _options.MaxBatchRows), _options.MaxBatchRows, _options.MaxCacheBytes,
        CacheStep);

    public void Dispose()
    {
        End(_ => true, pending => pending.End(new ObjectDisposedException(nameof(BatchLoop))));
        _session.Dispose();
        _team.Dispose();
    }
}
