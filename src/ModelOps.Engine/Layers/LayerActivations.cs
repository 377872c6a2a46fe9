using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Layers;

/// <summary>What one decoder layer keeps between its forward and its backward pass, for N tokens. The backward pass overwrites gate and up.</summary>
internal sealed unsafe class LayerActivations : IDisposable
{
    private readonly FloatBuffer _memory;
    private readonly float*[] _saved = new float*[LlamaWeightNames.LinearModules.Length];

    internal LayerActivations(LlamaConfig config, int capacity, ReadOnlySpan<int> ranks)
    {
        long c = config.HiddenSize, f = config.IntermediateSize, q = config.QuerySize, kv = config.KeyValueSize;
        int heads = config.QkNorm ? config.HeadCount : 0, groups = config.QkNorm ? config.KeyValueHeadCount : 0;
        long width = Width(config);
        foreach (int rank in ranks)
            width += rank;
        _memory = new FloatBuffer(width * capacity + 24 * 16);
        float* at = _memory.Pointer;
        Input = Take(c);
        Middle = Take(c);
        Query = Take(q);
        Key = Take(kv);
        Value = Take(kv);
        Output = Take(q);
        Gate = Take(f);
        Up = Take(f);
        InverseRms1 = Take(1);
        InverseRms2 = Take(1);
        PlainQuery = config.QkNorm ? Take(q) : Query;
        PlainKey = config.QkNorm ? Take(kv) : Key;
        QueryInverseRms = Take(heads);
        KeyInverseRms = Take(groups);
        for (int i = 0; i < ranks.Length; i++)
            _saved[i] = Take(ranks[i]);

        float* Take(long columns)
        {
            float* here = at;
            at += (columns * capacity + 15) & ~15L;
            return here;
        }
    }

    /// <summary>Floats that a layer keeps for a token, without the low-rank updates.</summary>
    internal static long Width(LlamaConfig c) =>
        2L * (c.HiddenSize + 1 + c.QuerySize + c.KeyValueSize + c.IntermediateSize)
        + (c.QkNorm ? (long)(c.HeadCount + c.KeyValueHeadCount) * (c.HeadSize + 1) : 0);

    internal float* Input { get; }        // [N, C]

    internal float* Middle { get; }       // [N, C] between attention and MLP

    internal float* Query { get; }        // [N, H·D] rotated

    internal float* Key { get; }          // [N, G·D] rotated

    internal float* Value { get; }        // [N, G·D]

    internal float* Output { get; }       // [N, H·D] of the heads

    internal float* Gate { get; }         // [N, F]

    internal float* Up { get; }           // [N, F]

    internal float* InverseRms1 { get; }  // [N]

    internal float* InverseRms2 { get; }  // [N]

    internal float* PlainQuery { get; }   // [N, H·D] before the heads' norms; without them the same as Query

    internal float* PlainKey { get; }     // [N, G·D]

    internal float* QueryInverseRms { get; } // [N, H]

    internal float* KeyInverseRms { get; }   // [N, G]

    /// <summary>[N, r] of a module's low-rank update.</summary>
    internal float* Saved(int module) => _saved[module];

    public void Dispose() => _memory.Dispose();
}
