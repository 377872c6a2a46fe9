using System.Diagnostics.CodeAnalysis;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>One trained tensor: a view into a <see cref="ParameterSet"/>.</summary>
internal sealed unsafe class Parameter(string name, int[] shape, long offset)
{
    internal string Name { get; } = name;

    internal int[] Shape { get; } = shape;

    /// <summary>Of the first element in the set's buffers; a multiple of 16.</summary>
    internal long Offset { get; } = offset;

    internal long Length { get; } = shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Matrices decay; norms and biases, which have one dimension, do not.</summary>
    internal bool Decays => Shape.Length > 1;

    internal float* Value { get; set; }

    internal float* Gradient { get; set; }
}

/// <summary>Everything that is trained, in one allocation per kind, so that clearing, clipping, the optimizer and checkpoints are one loop each.</summary>
internal sealed unsafe class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName;

    internal ParameterSet(IEnumerable<(string Name, int[] Shape)> tensors)
    {
        var all = new List<Parameter>();
        long offset = 0;
        foreach (var (name, shape) in tensors)
        {
            var parameter = new Parameter(name, shape, offset);
            all.Add(parameter);
            offset += (parameter.Length + 15) & ~15L;
        }

        Values = new FloatBuffer(offset);
        foreach (var parameter in all)
            parameter.Value = Values.Pointer + parameter.Offset;
        All = all;
        _byName = all.ToDictionary(p => p.Name, StringComparer.Ordinal);
        Count = all.Sum(p => p.Length);
    }

    internal IReadOnlyList<Parameter> All { get; }

    /// <summary>Trained numbers, without the gaps between tensors.</summary>
    internal long Count { get; }

    internal FloatBuffer Values { get; }

    /// <summary>Zeros after <see cref="AllocateGradients"/>; null outside training.</summary>
    internal FloatBuffer? Gradients { get; private set; }

    internal Parameter Find(string name) => _byName[name];

    internal bool TryFind(string name, [NotNullWhen(true)] out Parameter? parameter) => _byName.TryGetValue(name, out parameter);

    internal FloatBuffer AllocateGradients()
    {
        ReleaseGradients();
        Gradients = new FloatBuffer(Values.Length);
        foreach (var parameter in All)
            parameter.Gradient = Gradients.Pointer + parameter.Offset;
        return Gradients;
    }

    internal void ReleaseGradients()
    {
        Gradients?.Dispose();
        Gradients = null;
        foreach (var parameter in All)
            parameter.Gradient = null;
    }

    public void Dispose()
    {
        ReleaseGradients();
        Values.Dispose();
    }
}
