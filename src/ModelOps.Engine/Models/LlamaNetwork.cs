using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Models;

/// <summary>A model's layers wired to its weights, to an adapter, and to the gradients of whatever is trained.</summary>
internal sealed unsafe class LlamaNetwork
{
    private readonly LlamaModel _model;
    private readonly IReadOnlyList<LoraAdapter?> _adapters;
    private readonly ParameterSet? _trained;

    /// <param name="trained">The model's or the adapter's parameters with gradients allocated, or null for inference.</param>
    internal LlamaNetwork(LlamaModel model, LoraAdapter? adapter, ParameterSet? trained)
        : this(model, adapter is null ? [] : [adapter], trained)
    {
    }

    /// <param name="adapters">What <see cref="AdapterSpan"/> chooses from, token by token; null at an index that nobody asks for.</param>
    internal LlamaNetwork(LlamaModel model, IReadOnlyList<LoraAdapter?> adapters, ParameterSet? trained = null)
    {
        _model = model;
        _adapters = adapters;
        _trained = trained;
        var config = model.Config;
        Embedding = new Embedding(model.Matrix(LlamaWeightNames.Embedding), Trained(LlamaWeightNames.Embedding));
        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(BuildLayer)];
        LowestTrained = Embedding.IsTrained ? -1 : Array.FindIndex(Layers, layer => layer.IsTrained);
    }

    internal LlamaConfig Config => _model.Config;

    internal Embedding Embedding { get; }

    internal DecoderLayer[] Layers { get; }

    /// <summary>Lowest layer with something trained in it, -1 where the embedding is trained as well.</summary>
    internal int LowestTrained { get; }

    /// <summary>Numbers that are trained.</summary>
    internal long TrainedCount => _trained?.Count ?? 0;

    internal int AdapterCount => _adapters.Count;

    internal int MaximumRank => _adapters.Select(a => a?.Config.Rank ?? 0).DefaultIfEmpty(0).Max();

    /// <param name="capacity">Most scored positions of a batch.</param>
    internal OutputHead BuildHead(int capacity)
    {
        string name = Config.TieWordEmbeddings ? LlamaWeightNames.Embedding : LlamaWeightNames.Head;
        return new OutputHead(Config, BuildNorm(LlamaWeightNames.FinalNorm), _model.Matrix(name), Trained(name), capacity);
    }

    private DecoderLayer BuildLayer(int layer) => new(
        BuildNorm(LlamaWeightNames.InputNorm(layer)),
        BuildNorm(LlamaWeightNames.PostNorm(layer)),
        BuildHeadNorm(LlamaWeightNames.HeadNorm(layer, "q_norm")),
        BuildHeadNorm(LlamaWeightNames.HeadNorm(layer, "k_norm")),
        [.. LlamaWeightNames.LinearModules.Select((module, index) => BuildLinear(layer, module, index))]);

    private Norm BuildNorm(string name) => new(_model.VectorOrNull(name), Config.HiddenSize, Config.NormEpsilon, Trained(name));

    private Norm? BuildHeadNorm(string name) =>
        Config.QkNorm ? new Norm(_model.VectorOrNull(name), Config.HeadSize, Config.NormEpsilon, Trained(name)) : null;

    private Linear BuildLinear(int layer, string module, int index)
    {
        string name = LlamaWeightNames.Module(layer, module);
        string bias = name + ".bias", weight = name + ".weight";
        int site = layer * LlamaWeightNames.LinearModules.Length + index;
        LoraUpdate?[] updates = [.. _adapters.Select(adapter => BuildUpdate(adapter, name, site))];
        return new Linear(_model.Matrix(weight), _model.VectorOrNull(bias), Trained(weight), Trained(bias), updates);
    }

    private LoraUpdate? BuildUpdate(LoraAdapter? adapter, string name, int site)
    {
        if (adapter is null || !adapter.Parameters.TryFind(LoraAdapter.NameA(name), out var a))
            return null;
        var b = adapter.Parameters.Find(LoraAdapter.NameB(name));
        bool trained = ReferenceEquals(_trained, adapter.Parameters);
        return new LoraUpdate(View(a), View(b), (float)adapter.Config.Scale, site, trained ? a : null, trained ? b : null);
    }

    private static WeightMatrix View(Parameter p) => new(p.Shape[0], p.Shape[1], StorageType.F32, p.Value, owner: null);

    private Parameter? Trained(string name) => _trained is not null && _trained.TryFind(name, out var parameter) ? parameter : null;
}
