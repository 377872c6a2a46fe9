using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;

namespace ModelOps.Worker.Torch.Network;

/// <summary>What the layers need to know of the tokens that go through them: where they stand, which adapter changes them, what is dropped.</summary>
internal sealed class TorchPass : IDisposable
{
    /// <param name="positions">Of the tokens of a row, one after another from <paramref name="first"/>.</param>
    public TorchPass(LlamaConfig config, TorchDevice device, int first, int positions)
    {
        double[] frequencies = RopeScaling.Frequencies(config);
        using var table = new RopeTable(config, first + positions);
        unsafe
        {
            Cos = TorchMemory.FromFloats(table.Cos + (long)first * frequencies.Length, [positions, frequencies.Length], device.Device);
            Sin = TorchMemory.FromFloats(table.Sin + (long)first * frequencies.Length, [positions, frequencies.Length], device.Device);
        }

        if (positions > 1)
        {
            using var scope = torch.NewDisposeScope();
            Mask = torch.full(new long[] { positions, first + positions }, float.NegativeInfinity, dtype: ScalarType.Float32, device: device.Device).triu(first + 1).MoveToOuterDisposeScope();
        }
    }

    /// <summary>[T, D/2] of the rotary angles.</summary>
    public Tensor Cos { get; }

    public Tensor Sin { get; }

    /// <summary>[T, S], minus infinity where a token lies in the future; null for one token, which sees all.</summary>
    public Tensor? Mask { get; }

    /// <summary>Index of the adapter over the model; -1: the model as it is.</summary>
    public int Adapter { get; init; }

    public double Dropout { get; init; }

    /// <summary>Keys the dropout of this pass.</summary>
    public long DropoutSeed { get; init; }

    /// <summary>Keys and values of earlier tokens; null outside of generation.</summary>
    public TorchCache? Cache { get; init; }

    /// <summary>Makes the dropout of a layer a function of the pass and the layer, so that it is the same when the layer is computed again.</summary>
    public void EnterLayer(int layer)
    {
        if (Dropout > 0)
            torch.manual_seed(unchecked(DropoutSeed * 1000003 + layer));
    }

    public void Dispose()
    {
        Cos.Dispose();
        Sin.Dispose();
        Mask?.Dispose();
    }
}

/// <summary>Keys and values of one row, [1, KV, S, D] per layer.</summary>
internal sealed class TorchCache(int layers) : IDisposable
{
    private readonly (Tensor Key, Tensor Value)?[] _layers = new (Tensor, Tensor)?[layers];

    /// <summary>Takes in the keys and values of new tokens and returns those of all; they live until the next call.</summary>
    public (Tensor Key, Tensor Value) Append(int layer, Tensor key, Tensor value)
    {
        var all = _layers[layer] is { } before ? (TorchMemory.Concatenate(before.Key, key, 2), TorchMemory.Concatenate(before.Value, value, 2)) : (key.clone(), value.clone());
        DisposeLayer(layer);
        // They outlive the pass that made them.
        _layers[layer] = (all.Item1.MoveToOuterDisposeScope(), all.Item2.MoveToOuterDisposeScope());
        return all;
    }

    public void Dispose()
    {
        for (int layer = 0; layer < _layers.Length; layer++)
            DisposeLayer(layer);
    }

    private void DisposeLayer(int layer)
    {
        _layers[layer]?.Key.Dispose();
        _layers[layer]?.Value.Dispose();
        _layers[layer] = null;
    }
}
