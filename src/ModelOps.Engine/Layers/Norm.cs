using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Layers;

/// <summary>y = x / rms(x) · w over rows of C elements (Zhang and Sennrich, 2019, arXiv:1910.07467).</summary>
internal sealed unsafe class Norm(float* weight, int size, float epsilon, Parameter? parameter)
{
    internal bool IsTrained => parameter is not null;

    /// <param name="x">[n, C]</param>
    /// <param name="y">[n, C]; may be x.</param>
    /// <param name="inverseRms">[n] for the backward pass.</param>
    internal void Forward(ThreadTeam team, float* x, float* y, float* inverseRms, int n)
    {
        if (RowParts.IsOnePart(n, size))
            Kernels.RmsNormForward(x, weight, y, inverseRms, n, size, epsilon);
        else
            ForwardParts(team, x, y, inverseRms, n);
    }

    private void ForwardParts(ThreadTeam team, float* x, float* y, float* inverseRms, int n) =>
        RowParts.For(team, n, size, (start, count) =>
            Kernels.RmsNormForward(x + (nint)start * size, weight, y + (nint)start * size, inverseRms + start, count, size, epsilon));

    /// <param name="dy">[n, C]</param>
    /// <param name="dx">[n, C] or null; overwritten, or added to with <paramref name="accumulate"/>.</param>
    internal void Backward(ThreadTeam team, float* x, float* inverseRms, float* dy, float* dx, int n, bool accumulate)
    {
        if (parameter is not null)
        {
            RowParts.ForColumns(team, size, (start, count) =>
                Kernels.RmsNormWeightGradient(x, inverseRms, dy, parameter.Gradient, n, size, start, count));
        }

        if (dx == null)
            return;
        RowParts.For(team, n, size, (start, count) =>
        {
            nint at = (nint)start * size;
            Kernels.RmsNormBackward(x + at, weight, inverseRms + start, dy + at, dx + at, count, size, accumulate);
        });
    }
}
