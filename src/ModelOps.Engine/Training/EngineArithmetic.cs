using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>The engine's arithmetic: its network, its optimizer, and the threads that both share.</summary>
internal sealed unsafe class EngineArithmetic : IStepArithmetic
{
    private const int Chunk = 1 << 20;
    private readonly LlamaModel _model;
    private readonly TrainingObjective _objective;
    private readonly TrainingOptions _options;
    private readonly ThreadTeam _team;
    private readonly ParameterSet _parameters;
    private readonly Optimizer _optimizer;
    private readonly MicroBatch _micro;
    private readonly FloatBuffer? _best;

    /// <summary>Trains the adapter, or the model where there is none.</summary>
    internal EngineArithmetic(LlamaModel model, LoraAdapter? adapter, TrainingObjective objective, TrainingOptions options)
    {
        _model = model;
        _objective = objective;
        _options = options;
        _team = new ThreadTeam(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        _parameters = adapter?.Parameters ?? model.MakeTrainable();
        if (adapter is not null)
            model.KeepPanels();
        _optimizer = new Optimizer(_parameters, _team);
        _micro = new MicroBatch(new LlamaNetwork(model, adapter, _parameters), _team, objective.LongestInput, backward: true);
        _best = options.ChoosesByValidation ? new FloatBuffer(_parameters.Values.Length) : null;
    }

    public long ParameterCount => _parameters.Count;

    public Measured Accumulate(int step, ReadOnlySpan<int> examples)
    {
        _micro.Pass.DropoutProbability = _options.Method == TrainingMethod.Lora ? _options.LoraDropout : 0;
        _micro.Pass.DropoutSeed = _options.Seed;
        _micro.Pass.DropoutStep = step;
        _optimizer.ClearGradients();
        return _objective.Accumulate(_micro, examples);
    }

    public double GradientNorm() => _optimizer.GradientNorm();

    public void Update(int step, double learningRate, double gradientNorm) => _optimizer.Step(_options, step, learningRate, gradientNorm);

    public Measured Validate(CancellationToken cancellation)
    {
        _micro.Pass.DropoutProbability = 0;
        return _objective.Validate(_micro, cancellation);
    }

    public void KeepBest() => Copy(_parameters.Values, _best!);

    public void RestoreBest() => Copy(_best!, _parameters.Values);

    public void Write(BinaryWriter writer)
    {
        foreach (var buffer in Buffers())
        {
            writer.Write(buffer.Length);
            for (long at = 0; at < buffer.Length; at += Chunk)
                writer.Write(new ReadOnlySpan<byte>(buffer.Pointer + at, (int)Math.Min(Chunk, buffer.Length - at) * sizeof(float)));
        }
    }

    public void Read(BinaryReader reader)
    {
        foreach (var buffer in Buffers())
        {
            long length = reader.ReadInt64();
            if (length != buffer.Length)
                throw new InvalidDataException($"a buffer has {length} numbers; expected {buffer.Length}");
            for (long at = 0; at < buffer.Length; at += Chunk)
                reader.BaseStream.ReadExactly(new Span<byte>(buffer.Pointer + at, (int)Math.Min(Chunk, buffer.Length - at) * sizeof(float)));
        }
    }

    public void Dispose()
    {
        _model.ReleasePanels();
        _micro.Dispose();
        _optimizer.Dispose();
        _best?.Dispose();
        _team.Dispose();
    }

    private IEnumerable<FloatBuffer> Buffers()
    {
        List<FloatBuffer> buffers = [_parameters.Values, _optimizer.First, _optimizer.Second];
        return _best is null ? buffers : [.. buffers, _best];
    }

    private static void Copy(FloatBuffer from, FloatBuffer to) =>
        Buffer.MemoryCopy(from.Pointer, to.Pointer, to.Length * sizeof(float), from.Length * sizeof(float));
}
