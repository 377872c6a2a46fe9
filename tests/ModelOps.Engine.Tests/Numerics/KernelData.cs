using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>Five arrays of three rows of n floats and a guard zone behind each, in one piece of memory, filled from a seed.</summary>
internal sealed unsafe class KernelData : IDisposable
{
    private const int Guard = 16;

    private static readonly float[] s_special =
    [
        float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, float.Epsilon, -float.Epsilon, 1e-40f, -1e-40f,
        1.17549435e-38f, float.MaxValue, float.MinValue, 1e-30f, -1e30f, 88.7f, -88.7f, -103.9f,
    ];

    private readonly FloatBuffer _memory;
    private readonly int _stride;

    public KernelData(int n, int seed, bool special)
    {
        _stride = 3 * n + Guard;
        _memory = new FloatBuffer(5L * _stride);
        var random = new Random(seed);
        foreach (ref var value in _memory.Span)
        {
            value = special && random.Next(16) == 0 ? s_special[random.Next(s_special.Length)] : random.NextSingle() * 4 - 2;
        }

        if (special) return;
        for (var i = 0; i < _stride; i++) C[i] = Math.Abs(C[i]); // Inverse norms and second moments are positive in life.
    }

    public float* A => _memory.Pointer;

    public float* B => A + _stride;

    public float* C => B + _stride;

    public float* D => C + _stride;

    public float* E => D + _stride;

    public Span<float> Everything => _memory.Span;

    /// <summary>What the operation returned, if anything.</summary>
    public double Returned { get; set; }

    public void Dispose() => _memory.Dispose();
}
