using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Layers;

/// <summary>
/// The last layer. Only its output at the S scored positions is read, so only there are queries, the output projection and the MLP computed;
/// keys and values are those of all N tokens. A row's elements are the same as if all were computed.
/// </summary>
internal sealed unsafe partial class DecoderLayer
{
    /// <summary>Rotated keys, and values, of all tokens, and nothing else: what later tokens see of a prompt.</summary>
    internal void ForwardKeyValues(Pass pass, LayerActivations a)
    {
        _inputNorm.Forward(pass.Team, a.Input, pass.Normed, a.InverseRms1, pass.Count);
        Linear.Forward(pass, pass.Normed, [new(_linear[K], a.PlainKey, a.Saved(K)), new(_linear[V], a.Value, a.Saved(V))]);
        _keyNorm?.Forward(pass.Team, a.PlainKey, a.Key, a.KeyInverseRms, pass.Count * pass.Shape.KeyValueHeads);
        pass.Rotate(a.Key, pass.Shape.KeyValueHeads, inverse: false);
    }

    /// <param name="output">[S, C]. Leaves the scored positions as what <paramref name="pass"/> computes.</param>
    internal void ForwardScored(Pass pass, LayerActivations a, TokenBatch batch, Attention attention, float* output)
    {
        int width = _linear[Q].Inputs;
        ForwardKeyValues(pass, a);
        pass.Begin(batch, batch.Scored);
        batch.Gather(pass.Normed, pass.Normed, width);
        batch.Gather(a.Input, a.Middle, width);
        _linear[Q].Forward(pass, pass.Normed, a.PlainQuery, a.Saved(Q), accumulate: false);
        _queryNorm?.Forward(pass.Team, a.PlainQuery, a.Query, a.QueryInverseRms, pass.Count * pass.Shape.Heads);
        pass.Rotate(a.Query, pass.Shape.Heads, inverse: false);
        attention.Forward(batch, batch.Scored, a.Query, a.Key, a.Value, a.Output);
        ForwardMiddle(pass, a, output);
    }

    /// <param name="d">[S, C] gradient of the output; becomes that of the input [N, C] where <paramref name="needsInput"/>.</param>
    internal void BackwardScored(Pass pass, LayerActivations a, TokenBatch batch, Attention attention, float* d, bool needsInput)
    {
        int width = _linear[Q].Inputs;
        pass.Begin(batch, batch.Scored);
        if (!BackwardRest(pass, a, d, needsInput))
            return;
        attention.Backward(batch, batch.Scored, a.Query, a.Key, a.Value, pass.DOutput, pass.DQuery, pass.DKey, pass.DValue);
        pass.Rotate(pass.DQuery, pass.Shape.Heads, inverse: true);
        _queryNorm?.Backward(pass.Team, a.PlainQuery, a.QueryInverseRms, pass.DQuery, pass.DQuery, pass.Count * pass.Shape.Heads, accumulate: false);
        float* dNormed = needsInput || _inputNorm.IsTrained ? pass.DNormed : null;
        Normalize(pass, a, batch.Count);
        batch.Gather(pass.Normed, pass.Normed, width);
        _linear[Q].Backward(pass, pass.Normed, pass.DQuery, dNormed, a.Saved(Q), false);

        pass.Begin(batch, batch.All);
        pass.Rotate(pass.DKey, pass.Shape.KeyValueHeads, inverse: true);
        _keyNorm?.Backward(pass.Team, a.PlainKey, a.KeyInverseRms, pass.DKey, pass.DKey, pass.Count * pass.Shape.KeyValueHeads, accumulate: false);
        Normalize(pass, a, batch.Count);
        if (dNormed != null)
            batch.Scatter(dNormed, width);
        _linear[K].Backward(pass, pass.Normed, pass.DKey, dNormed, a.Saved(K), true);
        _linear[V].Backward(pass, pass.Normed, pass.DValue, dNormed, a.Saved(V), true);
        if (needsInput)
            batch.Scatter(d, width);
        if (dNormed != null)
            _inputNorm.Backward(pass.Team, a.Input, a.InverseRms1, dNormed, needsInput ? d : null, pass.Count, accumulate: true);
    }

    // What the trained projections of queries, keys and values had as their input.
    private void Normalize(Pass pass, LayerActivations a, int tokens)
    {
        if (TrainsQkv)
            _inputNorm.Forward(pass.Team, a.Input, pass.Normed, a.InverseRms1, tokens);
    }
}
