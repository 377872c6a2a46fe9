using System.Runtime.InteropServices;
using ModelOps.Engine.Training;

namespace ModelOps.Worker.Torch;

/// <summary>Everything that is trained, in f32 on the device, with its moments; named and ordered as the engine's parameters, from which it starts and to which it returns.</summary>
internal sealed unsafe class TorchParameters : IDisposable
{
    private readonly ParameterSet _origin;
    private readonly List<Entry> _all = [];
    private readonly Dictionary<string, Tensor> _byName = new(StringComparer.Ordinal);

    public TorchParameters(ParameterSet origin, TorchDevice device, bool keepsBest)
    {
        _origin = origin;
        foreach (var parameter in origin.All)
        {
            Tensor Zeros() => torch.zeros(Shape(parameter), dtype: ScalarType.Float32, device: device.Device);
            var value = TorchMemory.FromFloats(parameter.Value, Shape(parameter), device.Device).requires_grad_(true);
            _all.Add(new Entry(parameter, value, Zeros(), Zeros(), keepsBest ? Zeros() : null));
            _byName.Add(parameter.Name, value);
        }
    }

    public long Count => _origin.Count;

    public Tensor? Find(string name) => _byName.GetValueOrDefault(name);

    public void ClearGradients()
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        foreach (var entry in _all)
            Gradient(entry.Value)?.zero_();
    }

    /// <summary>Euclidean norm of all gradients, summed in double precision in the parameters' order.</summary>
    public double GradientNorm()
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        double sum = 0;
        foreach (var entry in _all)
        {
            if (Gradient(entry.Value) is { } gradient)
                sum += gradient.to(ScalarType.Float64).square().sum().item<double>();
        }

        return Math.Sqrt(sum);
    }

    /// <summary>One step of AdamW with decoupled weight decay (Loshchilov and Hutter, 2019); vectors do not decay.</summary>
    /// <param name="step">From 1.</param>
    public void Step(TrainingOptions options, int step, double learningRate, double gradientNorm)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        double clip = options.MaxGradNorm > 0 && gradientNorm > options.MaxGradNorm ? options.MaxGradNorm / (gradientNorm + 1e-6) : 1;
        double correction1 = 1 - Math.Pow(options.AdamBeta1, step), correction2 = 1 - Math.Pow(options.AdamBeta2, step);
        foreach (var entry in _all)
        {
            if (Gradient(entry.Value) is not { } raw)
                continue;
            var gradient = raw.mul(clip);
            entry.First.mul_(options.AdamBeta1).add_(gradient, 1 - options.AdamBeta1);
            entry.Second.mul_(options.AdamBeta2).addcmul_(gradient, gradient, 1 - options.AdamBeta2);
            var root = entry.Second.sqrt().mul_(1 / Math.Sqrt(correction2)).add_(options.AdamEpsilon);
            if (entry.Origin.Decays && options.WeightDecay > 0)
                entry.Value.mul_(1 - learningRate * options.WeightDecay);
            entry.Value.addcdiv_(entry.First, root, -learningRate / correction1);
        }
    }

    public void KeepBest() => Each(entry => entry.Best!.copy_(entry.Value));

    public void RestoreBest() => Each(entry => entry.Value.copy_(entry.Best!));

    /// <summary>Puts the values where they came from.</summary>
    public void CopyBack() => Each(entry => TorchMemory.Read(entry.Value, (at, bytes) => bytes.CopyTo(new Span<byte>((byte*)entry.Origin.Value + at, bytes.Length))));

    public void Write(BinaryWriter writer) => EachState(tensor =>
    {
        writer.Write(tensor.numel());
        TorchMemory.Read(tensor, (_, bytes) => writer.Write(bytes));
    });

    public void Read(BinaryReader reader) => EachState(tensor =>
    {
        long length = reader.ReadInt64();
        if (length != tensor.numel())
            throw new InvalidDataException($"a tensor has {length} numbers; expected {tensor.numel()}");
        using var stored = TorchMemory.FromStream(reader.BaseStream, tensor.shape);
        tensor.copy_(stored);
    });

    public void Dispose()
    {
        foreach (var entry in _all)
        {
            foreach (var tensor in entry.State)
                tensor.Dispose();
        }
    }

    /// <summary>Null before the first backward pass.</summary>
    private static Tensor? Gradient(Tensor parameter) =>
#if GRAD_IS_A_METHOD
        parameter.grad();
#else
        parameter.grad;
#endif

    private void EachState(Action<Tensor> action) => Each(entry =>
    {
        foreach (var tensor in entry.State)
            action(tensor);
    });

    private void Each(Action<Entry> action)
    {
        using var noGrad = torch.no_grad();
        foreach (var entry in _all)
        {
            using var scope = torch.NewDisposeScope();
            action(entry);
        }
    }

    private static long[] Shape(Parameter parameter) => [.. parameter.Shape.Select(d => (long)d)];

    private sealed record Entry(Parameter Origin, Tensor Value, Tensor First, Tensor Second, Tensor? Best)
    {
        public IEnumerable<Tensor> State => Best is null ? [Value, First, Second] : [Value, First, Second, Best];
    }
}
