using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Layers;

/// <summary>x + attention(norm(x)), then x + MLP(norm(x)): one layer of a Llama-family decoder. Shapes as in <see cref="Attention"/>.</summary>
internal sealed unsafe partial class DecoderLayer
{
    private const int Q = 0, K = 1, V = 2, O = 3, GateProj = 4, UpProj = 5, DownProj = 6; // as in LlamaWeightNames.LinearModules
    private readonly Norm _inputNorm;
    private readonly Norm _postNorm;
    private readonly Norm? _queryNorm;
    private readonly Norm? _keyNorm;
    private readonly Linear[] _linear;

    internal DecoderLayer(Norm inputNorm, Norm postNorm, Norm? queryNorm, Norm? keyNorm, Linear[] linear)
    {
        _inputNorm = inputNorm;
        _postNorm = postNorm;
        _queryNorm = queryNorm;
        _keyNorm = keyNorm;
        _linear = linear;
    }

    internal bool IsTrained => TrainsQkv || _postNorm.IsTrained || _linear.Any(l => l.IsTrained);

    private bool TrainsQkv =>
        _inputNorm.IsTrained || _queryNorm is { IsTrained: true } || _keyNorm is { IsTrained: true }
        || _linear[Q].IsTrained || _linear[K].IsTrained || _linear[V].IsTrained;

    /// <summary>Largest rank of each module's updates, 0 for none.</summary>
    internal int[] Ranks => [.. _linear.Select(l => l.Rank)];

    /// <summary>Normalised input to rotated queries and keys, and values.</summary>
    internal void ForwardHeads(Pass pass, LayerActivations a)
    {
        _inputNorm.Forward(pass.Team, a.Input, pass.Normed, a.InverseRms1, pass.Count);
        Linear.Forward(pass, pass.Normed,
            [new(_linear[Q], a.PlainQuery, a.Saved(Q)), new(_linear[K], a.PlainKey, a.Saved(K)), new(_linear[V], a.Value, a.Saved(V))]);
        _queryNorm?.Forward(pass.Team, a.PlainQuery, a.Query, a.QueryInverseRms, pass.Count * pass.Shape.Heads);
        _keyNorm?.Forward(pass.Team, a.PlainKey, a.Key, a.KeyInverseRms, pass.Count * pass.Shape.KeyValueHeads);
        pass.Rotate(a.Query, pass.Shape.Heads, inverse: false);
        pass.Rotate(a.Key, pass.Shape.KeyValueHeads, inverse: false);
    }

    /// <summary>From the heads' output to the layer's; <paramref name="output"/> [N, C] may be the layer's input.</summary>
    internal void ForwardRest(Pass pass, LayerActivations a, float* output)
    {
        Copy(a.Input, a.Middle, (long)pass.Count * _linear[O].Outputs);
        ForwardMiddle(pass, a, output);
    }

    // The layer's input is in a.Middle.
    private void ForwardMiddle(Pass pass, LayerActivations a, float* output)
    {
        _linear[O].Forward(pass, a.Output, a.Middle, a.Saved(O), accumulate: true);
        _postNorm.Forward(pass.Team, a.Middle, pass.Normed, a.InverseRms2, pass.Count);
        Linear.Forward(pass, pass.Normed, [new(_linear[GateProj], a.Gate, a.Saved(GateProj)), new(_linear[UpProj], a.Up, a.Saved(UpProj))]);
        Activate(pass, a);
        Copy(a.Middle, output, (long)pass.Count * _linear[O].Outputs);
        _linear[DownProj].Forward(pass, pass.Act, output, a.Saved(DownProj), accumulate: true);
    }

    /// <param name="d">[N, C] gradient of the layer's output; becomes that of its input where <paramref name="needsInput"/>.</param>
    internal void Backward(Pass pass, LayerActivations a, TokenBatch batch, Attention attention, float* d, bool needsInput)
    {
        if (!BackwardRest(pass, a, d, needsInput))
            return;
        attention.Backward(batch, batch.All, a.Query, a.Key, a.Value, pass.DOutput, pass.DQuery, pass.DKey, pass.DValue);
        pass.Rotate(pass.DQuery, pass.Shape.Heads, inverse: true);
        pass.Rotate(pass.DKey, pass.Shape.KeyValueHeads, inverse: true);
        _queryNorm?.Backward(pass.Team, a.PlainQuery, a.QueryInverseRms, pass.DQuery, pass.DQuery, pass.Count * pass.Shape.Heads, accumulate: false);
        _keyNorm?.Backward(pass.Team, a.PlainKey, a.KeyInverseRms, pass.DKey, pass.DKey, pass.Count * pass.Shape.KeyValueHeads, accumulate: false);
        Normalize(pass, a, pass.Count);
        float* dNormed = needsInput || _inputNorm.IsTrained ? pass.DNormed : null;
        _linear[Q].Backward(pass, pass.Normed, pass.DQuery, dNormed, a.Saved(Q), false);
        _linear[K].Backward(pass, pass.Normed, pass.DKey, dNormed, a.Saved(K), true);
        _linear[V].Backward(pass, pass.Normed, pass.DValue, dNormed, a.Saved(V), true);
        if (dNormed != null)
            _inputNorm.Backward(pass.Team, a.Input, a.InverseRms1, dNormed, needsInput ? d : null, pass.Count, accumulate: true);
    }

    /// <summary>d: gradient of the output to gradient of the middle; that of the heads' output to DOutput, where the result says that it is wanted.</summary>
    private bool BackwardRest(Pass pass, LayerActivations a, float* d, bool needsInput)
    {
        bool throughAttention = needsInput || TrainsQkv, throughOutput = throughAttention || _linear[O].IsTrained;
        BackwardMlp(pass, a, d, throughOutput);
        if (throughOutput)
            _linear[O].Backward(pass, a.Output, d, throughAttention ? pass.DOutput : null, a.Saved(O), false);
        return throughAttention;
    }

    /// <summary>d: gradient of the output to gradient of the middle (where <paramref name="needsMiddle"/>).</summary>
    private void BackwardMlp(Pass pass, LayerActivations a, float* d, bool needsMiddle)
    {
        var (gate, up, down) = (_linear[GateProj], _linear[UpProj], _linear[DownProj]);
        bool intoMlp = needsMiddle || _postNorm.IsTrained || gate.IsTrained || up.IsTrained;
        if (down.IsTrained)
            Activate(pass, a);
        down.Backward(pass, pass.Act, d, intoMlp ? pass.DAct : null, a.Saved(DownProj), false);
        if (!intoMlp)
            return;
        int width = down.Inputs;
        RowParts.For(pass.Team, pass.Count, width, (start, count) =>
        {
            nint at = (nint)start * width;
            Kernels.SwiGluBackward(a.Gate + at, a.Up + at, pass.DAct + at, a.Gate + at, a.Up + at, (long)count * width);
        });
        if (_postNorm.IsTrained || gate.IsTrained || up.IsTrained)
            _postNorm.Forward(pass.Team, a.Middle, pass.Normed, a.InverseRms2, pass.Count);
        float* dNormed = needsMiddle || _postNorm.IsTrained ? pass.DNormed : null;
        gate.Backward(pass, pass.Normed, a.Gate, dNormed, a.Saved(GateProj), false);
        up.Backward(pass, pass.Normed, a.Up, dNormed, a.Saved(UpProj), true);
        if (dNormed != null)
            _postNorm.Backward(pass.Team, a.Middle, a.InverseRms2, dNormed, needsMiddle ? d : null, pass.Count, accumulate: true);
    }

    private void Activate(Pass pass, LayerActivations a)
    {
        int width = _linear[DownProj].Inputs;
        if (RowParts.IsOnePart(pass.Count, width))
            Kernels.SwiGluForward(a.Gate, a.Up, pass.Act, (long)pass.Count * width);
        else
            ActivateParts(pass, a, width);
    }

    private static void ActivateParts(Pass pass, LayerActivations a, int width) =>
        RowParts.For(pass.Team, pass.Count, width, (start, count) =>
        {
            nint at = (nint)start * width;
            Kernels.SwiGluForward(a.Gate + at, a.Up + at, pass.Act + at, (long)count * width);
        });

    private static void Copy(float* source, float* target, long count)
    {
        if (source != target)
            Buffer.MemoryCopy(source, target, count * sizeof(float), count * sizeof(float));
    }
}
