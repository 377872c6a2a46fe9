using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>What a <see cref="BatchLoop"/> may take.</summary>
public sealed record BatchLoopOptions
{
    /// <summary>Threads that compute, the loop's own included; 0 means all cores. Never changes an answer.</summary>
    public int Threads { get; init; }

    /// <summary>Rows that are decoded together, 1 or more; further ones wait. Changes no answer.</summary>
    public int MaxBatchRows { get; init; } = 16;

    /// <summary>Bytes for keys and values of all rows together; a row that exceeds it alone is answered alone. Changes no answer.</summary>
    public long MaxCacheBytes { get; init; } = 256L << 20;
}

/// <summary>
/// A model that stays open and answers whoever asks: one thread decodes all requests together, takes new ones in between two tokens and
/// lets finished or cancelled ones go. Every request has options and an adapter of its own, and its answer is the one it would get alone.
/// Safe for several threads. The model must outlive it.
/// </summary>
public sealed class BatchLoop : IDisposable
{
    private readonly LlamaModel _model;
    private readonly object _gate = new();
    private readonly List<PendingAnswer> _arriving = [];
    private readonly List<LoraAdapter?> _adapters = [];
    private readonly List<int> _gone = [];
    private readonly DecodingWork _work;
    private readonly Thread _thread;
    private int _requests;
    private long _changes;
    private long _applied;
    private bool _stopping;

    public BatchLoop(LlamaModel model, BatchLoopOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBatchRows, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxCacheBytes);
        _model = model;
        _work = new DecodingWork(model, options);
        _thread = new Thread(Run) { IsBackground = true, Name = "modelops decoding" };
        _thread.Start();
    }

    /// <summary>Bytes of working memory of a loop over such a model, without weights, adapters and caches; an upper bound, for what a
    /// small batch does not use is never touched.</summary>
    public static long WorkBytes(LlamaConfig config, BatchLoopOptions options) => DecodingWork.Bytes(config, options.MaxBatchRows);

    /// <summary>Takes an adapter in; the number is what <see cref="GenerationPrompt.Adapter"/> calls it by. The adapter stays the caller's, until <see cref="Remove"/> it must live.</summary>
    public int Add(LoraAdapter adapter)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            int number = Enumerable.Range(0, _adapters.Count).FirstOrDefault(i => _adapters[i] is null && !_gone.Contains(i), -1);
            if (number < 0)
            {
                number = _adapters.Count;
                _adapters.Add(null);
            }

            _adapters[number] = adapter;
            Changed();
            return number;
        }
    }

    /// <summary>Forgets an adapter and returns when nothing computes with it any more; requests that still do end with <see cref="ObjectDisposedException"/>.</summary>
    public void Remove(int adapter)
    {
        lock (_gate)
        {
            if (_stopping)
                return;
            _adapters[adapter] = null;
            _gone.Add(adapter);
            long mine = Changed();
            while (_applied < mine && !_stopping)
                Monitor.Wait(_gate);
        }
    }

    /// <summary>Asks for one answer.</summary>
    /// <param name="prompt">Its adapter is a number of <see cref="Add"/>, or <see cref="GenerationPrompt.NoAdapter"/>.</param>
    /// <param name="options">Its bounds on batch and caches are not read: the loop has its own.</param>
    /// <param name="onStep">Called on the loop's thread with each token as it comes; it must return at once.</param>
    /// <returns>Cancelled where <paramref name="cancellation"/> asks for it; faulted with <see cref="ObjectDisposedException"/> where the loop or the adapter goes first.</returns>
    /// <exception cref="GenerationException">The prompt is empty, too long for the model, or holds an unknown token.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or nobody has added such an adapter.</exception>
    public Task<GeneratedRow> SubmitAsync(GenerationPrompt prompt, GenerationOptions options, Action<GenerationStep>? onStep = null, CancellationToken cancellation = default)
    {
        options.Check();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (prompt.Adapter != AdapterSpan.None && _adapters.ElementAtOrDefault(prompt.Adapter) is null)
                throw new ArgumentException($"there is no adapter {prompt.Adapter}", nameof(prompt));
            var row = Admission.Row(_model.Config, _adapters.Count, prompt, _requests, options);
            _requests = (_requests + 1) & int.MaxValue;
            var pending = new PendingAnswer(row, onStep, cancellation);
            _arriving.Add(pending);
            Monitor.PulseAll(_gate);
            return pending.Task;
        }
    }

    /// <summary>Ends every request with <see cref="ObjectDisposedException"/> and waits for the loop to let go of model and adapters.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    private long Changed()
    {
        Monitor.PulseAll(_gate);
        return ++_changes;
    }

    private void Run()
    {
        while (Receive())
            _work.Step();
        PendingAnswer[] late;
        lock (_gate)
            late = [.. _arriving];
        _work.Dispose();
        foreach (var pending in late)
            pending.End(new ObjectDisposedException(nameof(BatchLoop)));
    }

    /// <summary>Waits for work and takes in what came; false once the loop is to end.</summary>
    private bool Receive()
    {
        lock (_gate)
        {
            while (!_stopping && _arriving.Count == 0 && _applied == _changes && _work.IsIdle)
                Monitor.Wait(_gate);
            if (_stopping)
                return false;
            if (_applied != _changes)
            {
                // Under the lock, so that no request comes for an adapter that the work does not know.
                _work.Use([.. _adapters], _gone);
                _gone.Clear();
                _applied = _changes;
                Monitor.PulseAll(_gate);
            }

            _work.Admit(_arriving);
            _arriving.Clear();
            return true;
        }
    }
}
