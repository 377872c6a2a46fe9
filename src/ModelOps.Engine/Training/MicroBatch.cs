using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>Forward and backward through the whole network for packed rows; owns every activation, allocated once.</summary>
internal sealed unsafe class MicroBatch : IDisposable
{
    /// <summary>Most tokens that go through the layers together, unless one example alone is longer.</summary>
    internal const int TokenBudget = 1024;

    private readonly LlamaNetwork _network;
    private readonly Pass _pass;
    private readonly Attention _attention;
    private readonly OutputHead _head;
    private readonly LayerActivations[] _layers;
    private readonly FloatBuffer _output;   // [S, C] of the last layer, at the scored positions
    private readonly FloatBuffer? _gradient; // [S, C] of that, [N, C] below the last layer
    private readonly float[] _losses;       // [S]
    private readonly float[] _scales;       // [S]

    /// <param name="longest">Longest row that will come, in inputs.</param>
    internal MicroBatch(LlamaNetwork network, ThreadTeam team, int longest, bool backward)
    {
        _network = network;
        var config = network.Config;
        TokensAtOnce = backward ? TokensWithin(config, ActivationBytes(config.ParameterCount, network.TrainedCount)) : TokenBudget;
        int capacity = Math.Max(TokensAtOnce, longest);
        _pass = new Pass(config, team, capacity, Math.Max(1, longest), network.MaximumRank, backward);
        _attention = new Attention(_pass.Shape, team);
        _head = network.BuildHead(capacity);
        _layers = [.. network.Layers.Take(backward ? config.LayerCount : 1).Select(l => new LayerActivations(config, capacity, l.Ranks))];
        _output = new FloatBuffer((long)capacity * config.HiddenSize);
        _gradient = backward ? new FloatBuffer((long)capacity * config.HiddenSize) : null;
        _losses = new float[capacity];
        _scales = new float[capacity];
    }

    internal Pass Pass => _pass;

    /// <summary>The budget of this run: <see cref="TokenBudget"/>, or fewer where the layers would keep too much for the way back.</summary>
    internal int TokensAtOnce { get; }

    /// <summary>
    /// What the layers may keep for the way back: two thirds of what weights in bf16 and numbers that are trained (value, gradient, two moments) take
    /// anyway, from 192 MiB to 1.5 GiB. Part of the results' definition, as a step's gradients are summed batch by batch.
    /// </summary>
    internal static long ActivationBytes(long weights, long trained) => Math.Clamp((2 * weights + 16 * trained) * 2 / 3, 192L << 20, 3L << 29);

    /// <summary>Tokens for which the layers of a model keep no more than so many bytes, at most <see cref="TokenBudget"/>.</summary>
    internal static int TokensWithin(LlamaConfig config, long bytes) =>
        (int)Math.Clamp(bytes / (LayerActivations.Width(config) * sizeof(float) * config.LayerCount), 64, TokenBudget);

    /// <summary>Splits rows, in their order, into batches within the budget.</summary>
    /// <param name="budget">Tokens of a batch, unless one example alone has more.</param>
    /// <param name="together">As many rows after another always share a batch.</param>
    /// <param name="shares">A batch has what its rows begin with only once; not with dropout, which draws for each row.</param>
    internal static IEnumerable<TokenBatch> Split(IEnumerable<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> rows,
        int budget = TokenBudget, int together = 1, bool shares = false)
    {
        var pending = new List<(int, ReadOnlyMemory<int>, ReadOnlyMemory<bool>)>();
        int tokens = 0;
        foreach (var group in rows.Chunk(together))
        {
            int length = group.Sum(row => TokenBatch.InputLength(row.Scored.Span));
            if (length == 0)
                continue;
            if (pending.Count > 0 && tokens + length > budget)
            {
                yield return TokenBatch.Pack(pending, shares);
                pending.Clear();
                tokens = 0;
            }

            pending.AddRange(group);
            tokens += length;
        }

        if (pending.Count > 0)
            yield return TokenBatch.Pack(pending, shares);
    }

    /// <summary>Negative log-likelihood of each scored token, in the batch's order.</summary>
    /// <param name="likeliest">As long as the scored tokens, or empty: whether no other token is likelier.</param>
    internal ReadOnlySpan<float> Losses(TokenBatch batch, Span<bool> likeliest = default)
    {
        Forward(batch);
        var losses = _losses.AsSpan(0, batch.Targets.Length);
        _head.Forward(_pass.Team, batch, _output.Pointer, losses, likeliest);
        return losses;
    }

    /// <summary>Sum of the losses; adds the gradient of <paramref name="gradientScale"/> times that sum to the trained parameters.</summary>
    internal double Accumulate(TokenBatch batch, float gradientScale)
    {
        Forward(batch);
        var losses = _losses.AsSpan(0, batch.Targets.Length);
        _scales.AsSpan(0, losses.Length).Fill(gradientScale);
        _head.ForwardBackward(_pass.Team, batch, _output.Pointer, losses, _scales, _gradient!.Pointer);
        Backward(batch);
        double sum = 0;
        foreach (float loss in losses)
            sum += loss;
        return sum;
    }

    /// <summary>What the loss of each row weighs, once the losses of all rows of the batch are known; both [R].</summary>
    internal delegate void RowWeights(ReadOnlySpan<double> losses, Span<float> weights);

    /// <summary>Adds the gradient of the weighted sum of the rows' losses, the weights being taken for constants.</summary>
    internal void Accumulate(TokenBatch batch, RowWeights weigh)
    {
        Forward(batch);
        float* d = _gradient!.Pointer;
        var losses = _losses.AsSpan(0, batch.Targets.Length);
        Span<double> sums = new double[batch.RowCount];
        Span<float> weights = new float[batch.RowCount];
        if (_head.IsTrained)
        {
            // The head's own gradient needs the weights, so its logits are computed twice.
            _head.Forward(_pass.Team, batch, _output.Pointer, losses);
            batch.SumRows(losses, sums);
            weigh(sums, weights);
            batch.SpreadRows(weights, _scales);
            _head.ForwardBackward(_pass.Team, batch, _output.Pointer, losses, _scales, d);
        }
        else
        {
            _scales.AsSpan(0, losses.Length).Fill(1);
            _head.ForwardBackward(_pass.Team, batch, _output.Pointer, losses, _scales, d);
            batch.SumRows(losses, sums);
            weigh(sums, weights);
            int width = _network.Config.HiddenSize;
            int[] starts = batch.Scored.RowStarts;
            for (int r = 0; r < batch.RowCount; r++)
                Kernels.Scale(d + (nint)starts[r] * width, weights[r], (long)(starts[r + 1] - starts[r]) * width);
        }

        Backward(batch);
    }

    // _gradient: from the last layer's output downwards.
    private void Backward(TokenBatch batch)
    {
        float* d = _gradient!.Pointer;
        int top = _network.Layers.Length - 1, lowest = _network.LowestTrained;
        _network.Layers[top].BackwardScored(_pass, _layers[top], batch, _attention, d, needsInput: top > lowest);
        for (int l = top - 1; l >= Math.Max(0, lowest); l--)
            _network.Layers[l].Backward(_pass, _layers[l], batch, _attention, d, needsInput: l > lowest);
        if (_network.LowestTrained < 0)
            _network.Embedding.Backward(_pass.Team, batch.Tokens, d);
    }

    private void Forward(TokenBatch batch)
    {
        _pass.Begin(batch, batch.All);
        _network.Embedding.Forward(batch.Tokens, _layers[0].Input);
        for (int l = 0; l < _network.Layers.Length - 1; l++)
        {
            var a = _layers[Math.Min(l, _layers.Length - 1)];
            _network.Layers[l].ForwardHeads(_pass, a);
            _attention.Forward(batch, batch.All, a.Query, a.Key, a.Value, a.Output);
            _network.Layers[l].ForwardRest(_pass, a, _layers[Math.Min(l + 1, _layers.Length - 1)].Input);
        }

        _network.Layers[^1].ForwardScored(_pass, _layers[^1], batch, _attention, _output.Pointer);
    }

    public void Dispose()
    {
        _pass.Dispose();
        _attention.Dispose();
        _head.Dispose();
        foreach (var layer in _layers)
            layer.Dispose();
        _output.Dispose();
        _gradient?.Dispose();
    }
}
