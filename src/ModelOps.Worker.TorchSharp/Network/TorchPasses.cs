namespace ModelOps.Worker.Torch.Network;

/// <summary>Whole passes over a batch: log-probabilities of its scored tokens, and their gradient.</summary>
internal static class TorchPasses
{
    /// <summary>Tokens of a batch, padding included.</summary>
    public static int TokensAtOnce(TorchDevice device) => device.IsCuda ? 4096 : 1024;

    /// <summary>Above so many bytes that the layers would keep for the way back, each is computed again there from its input alone (Chen et al., 2016, arXiv:1604.06174).</summary>
    public static long KeptBytes { get; set; } = 3L << 29;

    /// <summary>Negative log-likelihood of each scored token, [S]; not differentiated.</summary>
    /// <param name="likeliest">Receives whether no other token is likelier; null where nobody asks.</param>
    public static float[] Losses(TorchNetwork network, TorchBatch batch, bool[]? likeliest = null, int adapter = 0)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var pass = new TorchPass(network.Config, network.Device, 0, batch.Length) { Adapter = adapter };
        var hidden = network.Embed(Tokens(network, batch));
        foreach (var layer in network.Layers)
            hidden = Step(layer, pass, hidden);
        var logs = network.Head(Scored(network, batch, hidden)).log_softmax(-1);
        var targets = logs.gather(1, Targets(network, batch));
        if (likeliest is not null)
        {
            float[] best = Floats(logs.gather(1, logs.argmax(1).unsqueeze(1))), own = Floats(targets);
            for (int s = 0; s < likeliest.Length; s++)
                likeliest[s] = own[s] >= best[s];
        }

        return Array.ConvertAll(Floats(targets), log => -log);
    }

    /// <summary>Adds to the trained parameters the gradient of the sum of the losses times what <paramref name="weigh"/> makes of them.</summary>
    public static float[] Accumulate(TorchNetwork network, TorchBatch batch, TorchPass pass, Func<float[], float[]> weigh)
    {
        using var scope = torch.NewDisposeScope();
        return KeptByLayers(network, batch) > KeptBytes ? AccumulateAgain(network, batch, pass, weigh) : AccumulateAtOnce(network, batch, pass, weigh);
    }

    private static float[] AccumulateAtOnce(TorchNetwork network, TorchBatch batch, TorchPass pass, Func<float[], float[]> weigh)
    {
        var hidden = network.Embed(Tokens(network, batch));
        foreach (var layer in network.Layers)
            hidden = layer.Forward(pass, hidden);
        return BackwardLosses(network, batch, hidden, weigh);
    }

    private static float[] AccumulateAgain(TorchNetwork network, TorchBatch batch, TorchPass pass, Func<float[], float[]> weigh)
    {
        var inputs = new Tensor[network.Layers.Length];
        Tensor hidden;
        using (torch.no_grad())
        {
            hidden = network.Embed(Tokens(network, batch));
            for (int l = 0; l < inputs.Length; l++)
            {
                inputs[l] = hidden;
                hidden = Step(network.Layers[l], pass, hidden);
            }
        }

        var top = hidden.detach().requires_grad_(true);
        float[] losses = BackwardLosses(network, batch, top, weigh);
        var gradient = Gradient(top);
        for (int l = inputs.Length - 1; l >= 0; l--)
        {
            using var layerScope = torch.NewDisposeScope();
            var input = inputs[l].detach().requires_grad_(l > 0 || network.TrainsEmbedding);
            torch.autograd.backward(network.Layers[l].Forward(pass, input), gradient);
            if (l > 0 || network.TrainsEmbedding)
                gradient = Gradient(input).MoveToOuterDisposeScope();
        }

        if (network.TrainsEmbedding)
            torch.autograd.backward(network.Embed(Tokens(network, batch)), gradient);
        return losses;
    }

    private static float[] BackwardLosses(TorchNetwork network, TorchBatch batch, Tensor hidden, Func<float[], float[]> weigh)
    {
        var logs = network.Head(Scored(network, batch, hidden)).log_softmax(-1).gather(1, Targets(network, batch));
        float[] losses = Array.ConvertAll(Floats(logs), log => -log);
        float[] weights = Array.ConvertAll(weigh(losses), weight => -weight);
        // A loss that is no number is the caller's to refuse; its gradient is not needed.
        if (losses.All(float.IsFinite))
            torch.autograd.backward(logs, torch.tensor(weights, [weights.Length, 1L], device: network.Device.Device));
        return losses;
    }

    private static Tensor Step(TorchLayer layer, TorchPass pass, Tensor hidden)
    {
        using var scope = torch.NewDisposeScope();
        return layer.Forward(pass, hidden).MoveToOuterDisposeScope();
    }

    // About what autograd keeps of a token in a layer: the inputs of its operations.
    private static long KeptByLayers(TorchNetwork network, TorchBatch batch)
    {
        var config = network.Config;
        long perToken = 10L * config.HiddenSize + 5L * config.IntermediateSize + 6L * config.QuerySize + 6L * config.KeyValueSize + 3L * config.HeadCount * batch.Length;
        return perToken * sizeof(float) * batch.Tokens.Length * config.LayerCount;
    }

    private static Tensor Tokens(TorchNetwork network, TorchBatch batch) =>
        torch.tensor(batch.Tokens, [batch.RowIds.Length, batch.Length], device: network.Device.Device);

    private static Tensor Targets(TorchNetwork network, TorchBatch batch) => torch.tensor(batch.Targets, [batch.Targets.Length, 1L], device: network.Device.Device);

    private static Tensor Scored(TorchNetwork network, TorchBatch batch, Tensor hidden) =>
        hidden.reshape(-1, network.Config.HiddenSize).index_select(0, torch.tensor(batch.ScoredAt, [batch.ScoredAt.Length], device: network.Device.Device));

    private static Tensor Gradient(Tensor input) =>
#if GRAD_IS_A_METHOD
        input.grad()!;
#else
        input.grad!;
#endif

    private static float[] Floats(Tensor tensor)
    {
        var values = new float[tensor.numel()];
        TorchMemory.Read(tensor, (at, bytes) => bytes.CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan())[(int)at..]));
        return values;
    }
}
