using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>AdamW over a parameter set, and the global gradient norm.</summary>
internal sealed unsafe class Optimizer : IDisposable
{
    private const int Chunk = 1 << 14;
    private readonly ParameterSet _parameters;
    private readonly ThreadTeam _team;
    private readonly double[] _partial;

    internal Optimizer(ParameterSet parameters, ThreadTeam team)
    {
        _parameters = parameters;
        _team = team;
        Gradients = parameters.AllocateGradients();
        First = new FloatBuffer(parameters.Values.Length);
        Second = new FloatBuffer(parameters.Values.Length);
        _partial = new double[(Gradients.Length + Chunk - 1) / Chunk];
    }

    internal FloatBuffer Gradients { get; }

    /// <summary>First moment, laid out as the parameters.</summary>
    internal FloatBuffer First { get; }

    /// <summary>Second moment.</summary>
    internal FloatBuffer Second { get; }

    internal void ClearGradients() =>
        RowParts.ForElements(_team, Gradients.Length, (start, count) => new Span<float>(Gradients.Pointer + start, (int)count).Clear());

    /// <summary>Euclidean norm of all gradients; the order of summation is fixed by the layout.</summary>
    internal double GradientNorm()
    {
        float* gradients = Gradients.Pointer;
        _team.For(_partial.Length, part =>
        {
            long start = (long)part * Chunk;
            _partial[part] = Kernels.SumOfSquares(gradients + start, Math.Min(Chunk, Gradients.Length - start));
        });
        double sum = 0;
        foreach (double partial in _partial)
            sum += partial;
        return Math.Sqrt(sum);
    }

    /// <param name="step">From 1.</param>
    internal void Step(TrainingOptions options, int step, double learningRate, double gradientNorm)
    {
        bool clips = options.MaxGradNorm > 0 && gradientNorm > options.MaxGradNorm;
        double clip = clips ? options.MaxGradNorm / (gradientNorm + 1e-6) : 1;
        var plain = new AdamWStep(step, learningRate, options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon, 0, clip);
        var decaying = new AdamWStep(step, learningRate, options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon, options.WeightDecay, clip);
        foreach (var parameter in _parameters.All)
        {
            var constants = parameter.Decays ? decaying : plain;
            RowParts.ForElements(_team, parameter.Length, (start, count) =>
            {
                long at = parameter.Offset + start;
                Kernels.AdamW(parameter.Value + start, parameter.Gradient + start, First.Pointer + at, Second.Pointer + at, count, constants);
            });
        }
    }

    public void Dispose()
    {
        _parameters.ReleaseGradients();
        First.Dispose();
        Second.Dispose();
    }
}
