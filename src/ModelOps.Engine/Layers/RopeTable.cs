using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Layers;

/// <summary>cos and sin of every rotary angle, [positions, D/2] (Su et al., 2021, arXiv:2104.09864).</summary>
internal sealed unsafe class RopeTable : IDisposable
{
    private readonly FloatBuffer _memory;

    internal RopeTable(LlamaConfig config, int positions)
    {
        var frequencies = RopeScaling.Frequencies(config);
        _memory = new FloatBuffer(2L * positions * frequencies.Length);
        Cos = _memory.Pointer;
        Sin = Cos + (long)positions * frequencies.Length;
        Kernels.RopeTables(Cos, Sin, positions, frequencies);
    }

    internal float* Cos { get; }

    internal float* Sin { get; }

    public void Dispose() => _memory.Dispose();
}
