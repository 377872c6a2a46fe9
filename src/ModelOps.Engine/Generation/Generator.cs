using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>
/// Continues prompts with a model and adapters over it, chosen row by row. Rows are decoded together without padding, enter as others
/// leave, and share one prefill of what they begin with; an answer is the same alone and in any batch. Model and adapters must outlive it.
/// </summary>
public sealed unsafe class Generator : IDisposable
{
    private const int PrefillTokens = 1024;
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
        var rows = prompts.Select((prompt, index) => Admit(prompt, index, options)).ToList();
        var results = new GeneratedRow[rows.Count];
        if (rows.Count == 0)
            return results;
        int longest = rows.Max(r => r.Capacity);
        using var session = new DecodingSession(
            _network, _team, longest, Math.Max(PrefillTokens, options.MaxBatchRows), options.MaxBatchRows, options.MaxCacheBytes);
        rows.FindAll(r => r.IsDone).ForEach(Finish); // no position is left behind the prompt
        var waiting = new Queue<GenerationRow>(rows.Where(r => !r.IsDone));
        var active = new List<GenerationRow>();
        while (waiting.Count > 0 || active.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            Fill(active, waiting, session, options.MaxBatchRows);
            session.Advance(active, onText);
            foreach (var row in active.Where(r => r.IsDone))
            {
                session.Leave(row);
                Finish(row);
            }

            active.RemoveAll(r => r.IsDone);
        }

        return results;

        void Finish(GenerationRow row)
        {
            results[row.Index] = row.Result();
            onAnswer?.Invoke(row.Index, results[row.Index]);
        }
    }

    /// <summary>Rows that wait take the places that are free, those of one adapter together.</summary>
    private static void Fill(List<GenerationRow> active, Queue<GenerationRow> waiting, DecodingSession session, int places)
    {
        var entering = new List<GenerationRow>();
        while (active.Count + entering.Count < places && waiting.TryPeek(out var next) && session.TryReserve(next))
            entering.Add(waiting.Dequeue());
        if (entering.Count == 0)
            return;
        entering.ForEach(r => r.Enter());
        session.Enter(entering);
        active.AddRange(entering);
        active.Sort((a, b) => a.Adapter != b.Adapter ? a.Adapter.CompareTo(b.Adapter) : a.Index.CompareTo(b.Index));
    }

    private GenerationRow Admit(GenerationPrompt prompt, int index, GenerationOptions options)
    {
        var config = _network.Config;
        if (prompt.Tokens.Length == 0)
            throw new GenerationException(index, "it has no tokens");
        if (prompt.Tokens.Length > config.MaxPositions)
            throw new GenerationException(index, $"it has {prompt.Tokens.Length} tokens; the model has {config.MaxPositions} positions");
        int bad = Array.FindIndex(prompt.Tokens, t => t < 0 || t >= config.VocabularySize);
        if (bad >= 0)
            throw new GenerationException(index, $"token {bad} has the id {prompt.Tokens[bad]}; the vocabulary has {config.VocabularySize}");
        bool known = prompt.Adapter == AdapterSpan.None || prompt.Adapter == 0 || (prompt.Adapter > 0 && prompt.Adapter < _network.AdapterCount);
        if (!known)
            throw new GenerationException(index, $"it asks for adapter {prompt.Adapter}; there are {_network.AdapterCount}");
        return new GenerationRow(index, prompt, options, Math.Min(options.MaxNewTokens, config.MaxPositions - prompt.Tokens.Length));
    }

    public void Dispose() => _team.Dispose();
}
