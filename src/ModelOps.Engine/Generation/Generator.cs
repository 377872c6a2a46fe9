using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>
/// Continues prompts with a model and, where one is given, its adapter. Rows are decoded together without padding, enter as others leave,
/// and share one prefill of their common prefix; an answer is the same alone and in any batch. Model and adapter must outlive it.
/// </summary>
public sealed unsafe class Generator : IDisposable
{
    private const int PrefillTokens = 1024;
    private readonly LlamaNetwork _network;
    private readonly ThreadTeam _team;

    /// <param name="threads">0 means all cores; never changes a result.</param>
    public Generator(LlamaModel model, LoraAdapter? adapter = null, int threads = 0)
    {
        _network = new LlamaNetwork(model, adapter, trained: null);
        _team = new ThreadTeam(threads > 0 ? threads : Environment.ProcessorCount);
    }

    /// <summary>One answer per prompt, in the order of the prompts.</summary>
    /// <param name="onAnswer">Called on this thread with (index, answer) as each one is done, in no fixed order.</param>
    /// <exception cref="GenerationException">A prompt is empty, too long for the model, or holds an unknown token.</exception>
    public IReadOnlyList<GeneratedRow> Generate(
        IReadOnlyList<GenerationPrompt> prompts, GenerationOptions options, Action<int, GeneratedRow>? onAnswer = null,
        CancellationToken cancellation = default)
    {
        options.Check();
        var rows = prompts.Select((prompt, index) => Admit(prompt, index, options)).ToList();
        var results = new GeneratedRow[rows.Count];
        var waiting = new Queue<GenerationRow>(rows);
        if (rows.Count == 0)
            return results;
        int longest = rows.Max(r => r.Capacity);
        using var session = new DecodingSession(_network, _team, longest, Math.Max(PrefillTokens, options.MaxBatchRows), options.MaxBatchRows);
        int prefix = session.SharePrefix(rows);
        var active = new List<GenerationRow>();
        while (waiting.Count > 0 || active.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            // Prompts cost less together: rows wait until a quarter of the places is free.
            int free = options.MaxBatchRows - active.Count;
            bool opens = active.Count == 0 || free >= Math.Max(1, options.MaxBatchRows / 4);
            var entering = new List<GenerationRow>();
            while (opens && waiting.Count > 0 && entering.Count < free)
                entering.Add(waiting.Dequeue());
            entering.ForEach(r => r.Enter());
            if (entering.Count > 0)
                session.Enter(entering, prefix);
            else
                session.Decode(active);
            active.AddRange(entering);
            foreach (var row in active.Where(r => r.IsDone))
            {
                session.Leave(row);
                results[row.Index] = row.Result();
                onAnswer?.Invoke(row.Index, results[row.Index]);
            }

            active.RemoveAll(r => r.IsDone);
        }

        return results;
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
        return new GenerationRow(index, prompt, options, Math.Min(options.MaxNewTokens, config.MaxPositions - prompt.Tokens.Length));
    }

    public void Dispose() => _team.Dispose();
}
