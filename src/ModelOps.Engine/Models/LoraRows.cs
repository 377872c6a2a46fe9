using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Models;

/// <summary>
/// An adapter's update of one weight, row by row: W[o] + scale · Σ_r B[o, r] · A[r], each sum over r in the order of r and fused, so that the merged
/// weights are the same bits on every machine.
/// </summary>
internal sealed unsafe class LoraRows
{
    private readonly Parameter _a; // [rank, in]
    private readonly Parameter _b; // [out, rank]
    private readonly float _scale;
    private readonly float[] _sum;

    private LoraRows(Parameter a, Parameter b, float scale)
    {
        (_a, _b, _scale) = (a, b, scale);
        _sum = new float[a.Shape[1]];
    }

    /// <summary>Null for a weight that the adapter leaves alone.</summary>
    public static LoraRows? Of(LoraAdapter adapter, string weight)
    {
        const string suffix = ".weight";
        string module = weight.EndsWith(suffix, StringComparison.Ordinal) ? weight[..^suffix.Length] : weight;
        return adapter.Parameters.TryFind(LoraAdapter.NameA(module), out var a) && adapter.Parameters.TryFind(LoraAdapter.NameB(module), out var b)
            ? new LoraRows(a, b, (float)adapter.Config.Scale) : null;
    }

    /// <summary>Adds the update of row <paramref name="row"/> to <paramref name="values"/> [in].</summary>
    public void AddTo(int row, float* values)
    {
        int rank = _a.Shape[0];
        Array.Clear(_sum);
        fixed (float* sum = _sum)
        {
            for (int r = 0; r < rank; r++)
                Kernels.AddScaled(sum, _a.Value + ((long)r * _sum.Length), _b.Value[((long)row * rank) + r], _sum.Length);
            Kernels.AddScaled(values, sum, _scale, _sum.Length);
        }
    }
}
