using ModelOps.Engine.Models;

namespace ModelOps.Worker.Torch.Network;

/// <summary>A model's layers on a device, wired to its weights, to adapters, and to what is trained: the engine's <c>LlamaNetwork</c>.</summary>
internal sealed unsafe class TorchNetwork : IDisposable
{
    private readonly LlamaModel _model;
    private readonly IReadOnlyList<LoraAdapter> _adapters;
    private readonly TorchParameters? _trained;
    private readonly List<Tensor> _frozen = [];
    private readonly Dictionary<string, Tensor> _matrices = new(StringComparer.Ordinal);
    private readonly Tensor _embedding;
    private readonly TorchNorm _finalNorm;
    private readonly Tensor _head;

    /// <param name="adapters">What a pass chooses from by index.</param>
    /// <param name="trained">The parameters of the model, or of the first adapter; null for inference.</param>
    public TorchNetwork(LlamaModel model, IReadOnlyList<LoraAdapter> adapters, TorchParameters? trained, TorchDevice device)
    {
        _model = model;
        _adapters = adapters;
        _trained = trained;
        Device = device;
        _embedding = Matrix(LlamaWeightNames.Embedding);
        Layers = [.. Enumerable.Range(0, Config.LayerCount).Select(BuildLayer)];
        _finalNorm = BuildNorm(LlamaWeightNames.FinalNorm);
        _head = Config.TieWordEmbeddings ? _embedding : Matrix(LlamaWeightNames.Head);
    }

    public LlamaConfig Config => _model.Config;

    public TorchDevice Device { get; }

    public int AdapterCount => _adapters.Count;

    public TorchLayer[] Layers { get; }

    /// <summary>Every weight is trained, the embedding too, so that gradients go all the way down.</summary>
    public bool TrainsEmbedding => _trained?.Find(LlamaWeightNames.Embedding) is not null;

    /// <summary>[B, T] token ids to [B, T, C].</summary>
    public Tensor Embed(Tensor tokens) =>
        _embedding.index_select(0, tokens.reshape(-1)).to(Device.Compute).view(tokens.shape[0], tokens.shape[1], Config.HiddenSize);

    /// <summary>[N, C] of the last layer to logits [N, V] in f32.</summary>
    public Tensor Head(Tensor hidden)
    {
        var normed = _finalNorm.Forward(hidden);
        return torch.nn.functional.linear(normed, _head.to(normed.dtype)).to(ScalarType.Float32);
    }

    public void Dispose()
    {
        foreach (var tensor in _frozen)
            tensor.Dispose();
    }

    private TorchLayer BuildLayer(int layer) => new(
        Config, layer,
        BuildNorm(LlamaWeightNames.InputNorm(layer)),
        BuildNorm(LlamaWeightNames.PostNorm(layer)),
        BuildHeadNorm(LlamaWeightNames.HeadNorm(layer, "q_norm")),
        BuildHeadNorm(LlamaWeightNames.HeadNorm(layer, "k_norm")),
        [.. LlamaWeightNames.LinearModules.Select(module => BuildLinear(layer, module))]);

    private TorchLinear BuildLinear(int layer, string module)
    {
        string name = LlamaWeightNames.Module(layer, module);
        Tensor? bias = LlamaWeightNames.HasBias(Config, module) ? Vector(name + ".bias", LlamaWeightNames.Shape(Config, module).Out) : null;
        return new TorchLinear(Matrix(name + ".weight"), bias, [.. _adapters.Select(adapter => BuildUpdate(adapter, name))]);
    }

    private TorchUpdate? BuildUpdate(LoraAdapter adapter, string name)
    {
        if (!adapter.Parameters.TryFind(LoraAdapter.NameA(name), out var a))
            return null;
        var b = adapter.Parameters.Find(LoraAdapter.NameB(name));
        Tensor Of(Engine.Training.Parameter p) => _trained?.Find(p.Name) ?? Keep(TorchMemory.FromFloats(p.Value, [p.Shape[0], p.Shape[1]], Device.Device));
        return new TorchUpdate(Of(a), Of(b), (float)adapter.Config.Scale);
    }

    private TorchNorm BuildNorm(string name) => new(Vector(name, Config.HiddenSize), Config.NormEpsilon);

    private TorchNorm? BuildHeadNorm(string name) => Config.QkNorm ? new TorchNorm(Vector(name, Config.HeadSize), Config.NormEpsilon) : null;

    private Tensor Matrix(string name)
    {
        if (_trained?.Find(name) is { } trained)
            return trained;
        if (!_matrices.TryGetValue(name, out var matrix))
            _matrices.Add(name, matrix = Keep(TorchMemory.FromMatrix(_model.Matrix(name), Device)));
        return matrix;
    }

    private Tensor Vector(string name, int length) => _trained?.Find(name) ?? Keep(TorchMemory.FromFloats(_model.VectorOrNull(name), [length], Device.Device));

    private Tensor Keep(Tensor tensor)
    {
        _frozen.Add(tensor);
        return tensor;
    }
}
