using ModelOps.Engine.Generation;
using ModelOps.Worker.Torch.Network;

namespace ModelOps.Worker.Torch;

/// <summary>
/// Continues prompts, one after another: a product of several rows is rounded otherwise than that of one, and an answer must not depend on
/// what stands beside it. Samplers, stops, constraints and text are the engine's.
/// </summary>
internal sealed class TorchGenerator(TorchNetwork network)
{
    /// <inheritdoc cref="Generator.Generate"/>
    public IReadOnlyList<GeneratedRow> Generate(
        IReadOnlyList<GenerationPrompt> prompts, GenerationOptions options, Action<int, GeneratedRow> done, CancellationToken cancellation)
    {
        options.Check();
        // All are admitted before the first is answered: what cannot be answered is known at once.
        GenerationRow[] rows = [.. prompts.Select((prompt, index) => Admission.Row(network.Config, network.AdapterCount, prompt, index, options))];
        var results = new GeneratedRow[rows.Length];
        foreach (var row in rows)
        {
            row.Enter();
            Answer(row, cancellation);
            results[row.Index] = row.Result();
            done(row.Index, results[row.Index]);
        }

        return results;
    }

    private unsafe void Answer(GenerationRow row, CancellationToken cancellation)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var cache = new TorchCache(network.Layers.Length);
        int known = 0;
        int[] tokens = row.Prompt;
        while (!row.IsDone)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] logits = Logits(row, cache, tokens, known);
            known += tokens.Length;
            row.AskConstraint();
            fixed (float* values = logits)
                row.Choose(values, network.Config.VocabularySize);
            row.Take();
            tokens = [row.LastToken];
        }
    }

    /// <summary>Logits after the last of some tokens that follow the <paramref name="known"/> ones in the cache.</summary>
    private float[] Logits(GenerationRow row, TorchCache cache, int[] tokens, int known)
    {
        using var scope = torch.NewDisposeScope();
        using var pass = new TorchPass(network.Config, network.Device, known, tokens.Length) { Adapter = row.Adapter, Cache = cache };
        var hidden = network.Embed(torch.tensor(Array.ConvertAll(tokens, t => (long)t), [1L, tokens.Length], device: network.Device.Device));
        foreach (var layer in network.Layers)
            hidden = layer.Forward(pass, hidden);
        var last = network.Head(hidden.narrow(1, tokens.Length - 1, 1).reshape(1, network.Config.HiddenSize));
        var logits = new float[network.Config.VocabularySize];
        TorchMemory.Read(last, (at, bytes) => bytes.CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(logits.AsSpan())[(int)at..]));
        return logits;
    }
}
