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
    private const int EnteringPart = 4; // a quarter of the places is free before rows enter
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
        var rows = prompts.Select((prompt, index) => Admission.Row(_network.Config, _network.AdapterCount, prompt, index, options)).ToList();
        var results = new GeneratedRow[rows.Count];
        if (rows.Count == 0)
            return results;
        int longest = rows.Max(r => r.Capacity);
        using var session = new DecodingSession(
            _network, _team, longest, Math.Max(PrefillTokens, options.MaxBatchRows), options.MaxBatchRows, options.MaxCacheBytes);
        rows.FindAll(r => r.IsDone).ForEach(Finish); // no position is left behind the prompt
        rows.Sort(GenerationRow.AlikeTogether);
        var waiting = new LinkedList<GenerationRow>(rows.Where(r => !r.IsDone));
        var batch = new DecodingBatch(session, options.MaxBatchRows, Math.Max(1, options.MaxBatchRows / EnteringPart));
        while (waiting.Count > 0 || batch.Rows.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            batch.Fill(waiting);
            session.Advance(batch.Rows, onText);
            batch.TakeDone().ForEach(Finish);
        }

        return results;

        void Finish(GenerationRow row)
        {
            results[row.Index] = row.Result();
            onAnswer?.Invoke(row.Index, results[row.Index]);
        }
    }

    public void Dispose() => _team.Dispose();
}
