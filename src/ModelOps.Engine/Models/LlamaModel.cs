using ModelOps.Engine.Numerics;
using ModelOps.Engine.Safetensors;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Models;

/// <summary>
/// Weights and architecture of a Llama-family decoder. Loaded weights stay in their storage format inside the mapped file; full training
/// turns them into f32 in memory.
/// </summary>
public sealed unsafe class LlamaModel : IDisposable
{
    private readonly Dictionary<string, WeightMatrix> _matrices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FloatBuffer> _vectors = new(StringComparer.Ordinal);
    private SafetensorsFolder? _files;
    private ParameterSet? _parameters;

    private LlamaModel(LlamaConfig config, string? folder)
    {
        Config = config;
        Folder = folder;
    }

    public LlamaConfig Config { get; }

    /// <summary>Where the model was loaded from; null for a new one.</summary>
    public string? Folder { get; }

    /// <summary>Name of its folder, for an adapter's lineage.</summary>
    internal string? Name => Folder is null ? null : Path.GetFileName(Path.TrimEndingDirectorySeparator(Folder));

    /// <summary>How the linear layers are held; the other weights stay as they are stored.</summary>
    public WeightQuantization Quantization { get; private init; }

    /// <summary>Bytes of the weights as they are held.</summary>
    public long WeightBytes => _matrices.Values.Sum(m => m.DataLength + m.ScalesLength) + _vectors.Values.Sum(v => v.Length * sizeof(float));

    /// <summary>How the matrices are held, such as <c>bf16</c>; several are joined by +.</summary>
    public string Storage => string.Join('+', _matrices.Values.Select(m => m.Type).Distinct().Order().Select(t => t.ToString().ToLowerInvariant()));

    /// <summary>Opens a Hugging Face model folder.</summary>
    /// <param name="quantization">Holds the decoder layers' linear weights, frozen, in this format; computed here, the same on every machine.</param>
    /// <param name="threads">For quantising; 0 means all cores. Never changes a result.</param>
    /// <exception cref="ModelFileException">Configuration or weights are missing, malformed, unsupported or do not fit together.</exception>
    public static LlamaModel Load(string folder, WeightQuantization quantization = WeightQuantization.None, int threads = 0)
    {
        var model = new LlamaModel(LlamaConfig.Load(folder), folder) { Quantization = quantization };
        try
        {
            model._files = SafetensorsFolder.Open(folder);
            using var team = new ThreadTeam(quantization == WeightQuantization.None ? 1 : threads > 0 ? threads : Environment.ProcessorCount);
            LlamaWeightFile.Bind(model, folder, model._files, team);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A new model: normal weights with deviation 0.02, those that write to the residual stream divided by √(2·layers) (Radford et al.,
    /// 2019), norms 1, biases 0.
    /// </summary>
    public static LlamaModel CreateRandom(LlamaConfig config, ulong seed)
    {
        config.Check("the configuration");
        var model = new LlamaModel(config, folder: null);
        var parameters = model.MakeTrainable();
        double residual = 1 / Math.Sqrt(2.0 * config.LayerCount);
        for (int p = 0; p < parameters.All.Count; p++)
        {
            var parameter = parameters.All[p];
            var random = new CounterRandom(seed, (ulong)p);
            bool writesResidual = parameter.Name.EndsWith("o_proj.weight", StringComparison.Ordinal)
                || parameter.Name.EndsWith("down_proj.weight", StringComparison.Ordinal);
            double deviation = 0.02 * (writesResidual ? residual : 1);
            for (long i = 0; i < parameter.Length; i++)
            {
                parameter.Value[i] = parameter.Shape.Length > 1 ? (float)(deviation * random.Normal((ulong)i))
                    : parameter.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1;
            }
        }

        return model;
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>; a tied head is not written.</summary>
    /// <param name="merged">Its update is added to the weights in f32 and rounded with them once; the model in memory stays as it is.</param>
    public void Save(string folder, StorageFormat format = StorageFormat.BF16, LoraAdapter? merged = null, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(folder);
        Config.Save(folder, format);
        LlamaWeightFile.Write(this, Path.Combine(folder, SafetensorsFolder.FileName), format, merged, cancellation);
    }

    /// <summary>[out, in]</summary>
    internal WeightMatrix Matrix(string name) => _matrices[name];

    /// <summary>f32, or null where the architecture has no such vector.</summary>
    internal float* VectorOrNull(string name) =>
        _parameters is not null ? (_parameters.TryFind(name, out var parameter) ? parameter.Value : null)
        : _vectors.TryGetValue(name, out var vector) ? vector.Pointer : null;

    internal void Add(string name, WeightMatrix matrix) => _matrices.Add(name, matrix);

    internal void Add(string name, FloatBuffer vector) => _vectors.Add(name, vector);

    /// <summary>Every weight as a trainable f32 parameter; the mapped file is let go.</summary>
    internal ParameterSet MakeTrainable()
    {
        if (_parameters is not null)
            return _parameters;
        if (Quantization != WeightQuantization.None)
            throw new InvalidOperationException("quantised weights are frozen; load the model without quantisation to train them");
        var parameters = new ParameterSet(LlamaWeightNames.All(Config).Select(w => (w.Name, w.Shape)));
        foreach (var parameter in parameters.All)
        {
            if (_matrices.TryGetValue(parameter.Name, out var matrix))
                matrix.Expand(0, matrix.Rows, parameter.Value);
            else if (_vectors.TryGetValue(parameter.Name, out var vector))
                Buffer.MemoryCopy(vector.Pointer, parameter.Value, parameter.Length * sizeof(float), parameter.Length * sizeof(float));
            if (parameter.Shape.Length == 2)
                _matrices[parameter.Name] = new WeightMatrix(parameter.Shape[0], parameter.Shape[1], StorageType.F32, parameter.Value, owner: null);
        }

        ReleaseVectorsAndFiles();
        return _parameters = parameters;
    }

    /// <summary>
    /// Lets a run keep the packed panels of frozen weights from step to step, where those of all weights take little memory. A larger model
    /// has more rows of work for each panel, and packs again; one that was quantised was so for its memory.
    /// </summary>
    internal void KeepPanels()
    {
        const long Budget = 256L << 20, BytesPerWeight = 2 * sizeof(float); // one f32 copy each for forward and backward
        if (_parameters is not null || Quantization != WeightQuantization.None || _matrices.Values.Sum(m => (long)m.Rows * m.Cols) * BytesPerWeight > Budget)
            return;
        foreach (var matrix in _matrices.Values)
            matrix.CachePanels = true;
    }

    internal void ReleasePanels()
    {
        foreach (var matrix in _matrices.Values)
            matrix.ReleasePanels();
    }

    private void ReleaseVectorsAndFiles()
    {
        foreach (var vector in _vectors.Values)
            vector.Dispose();
        _vectors.Clear();
        _files?.Dispose();
        _files = null;
    }

    public void Dispose()
    {
        ReleaseVectorsAndFiles();
        foreach (var matrix in _matrices.Values)
            matrix.Dispose();
        _matrices.Clear();
        _parameters?.Dispose();
        _parameters = null;
    }
}
