using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

internal static unsafe partial class Gemm
{
    private const int RowsAtOnce = 4;

    /// <summary>y[Rows] = W · x[Cols], in the order of <see cref="Kernels.Dot"/> over the columns.</summary>
    public static void Gemv(ThreadTeam team, WeightMatrix w, float* x, float* y) => GemmSmall(team, w, x, w.Cols, y, w.Rows, 1);

    /// <summary>y[m, Rows] = x[m, Cols] · Wᵀ for a few rows (batch decoding); every row has the bits that <see cref="Gemv"/> gives it alone.</summary>
    public static void GemmSmall(ThreadTeam team, WeightMatrix w, float* x, int ldx, float* y, int ldy, int m)
    {
        // A part reads about 64 K weights: some 10 µs, far above the price of handing it out.
        var rowsPerPart = Math.Max(RowsAtOnce, (1 << 16) / w.Cols / RowsAtOnce * RowsAtOnce);
        team.For((w.Rows + rowsPerPart - 1) / rowsPerPart, part =>
        {
            var end = Math.Min(w.Rows, (part + 1) * rowsPerPart);
            for (var row = part * rowsPerPart; row < end; row += RowsAtOnce)
            {
                var rows = Math.Min(RowsAtOnce, end - row);
                var weights = (float*)w.Row(row);
                if (w.Type != StorageType.F32)
                {
                    weights = Scratch.Rows((long)RowsAtOnce * w.Cols);
                    w.Expand(row, rows, weights);
                }

                for (var i = 0; i < m; i++) DotRows(weights, rows, x + (long)i * ldx, y + (long)i * ldy + row, w.Cols);
            }
        });
    }

    private static void DotRows(float* weights, int rows, float* x, float* y, int cols)
    {
        if (rows == RowsAtOnce && cols % Vector512<float>.Count == 0) DotFourRows(weights, x, y, cols);
        else
        {
            for (var r = 0; r < rows; r++) y[r] = Kernels.Dot(weights + (long)r * cols, x, cols);
        }
    }

    // Four independent chains hide the latency of the fused multiply-add.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotFourRows(float* weights, float* x, float* y, int cols)
    {
        float* w1 = weights + cols, w2 = w1 + cols, w3 = w2 + cols;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (var i = 0; i < cols; i += Vector512<float>.Count)
        {
            var v = Vector512.Load(x + i);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(weights + i), v, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Load(w1 + i), v, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Load(w2 + i), v, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Load(w3 + i), v, s3);
        }

        y[0] = Lanes.Fold(s0);
        y[1] = Lanes.Fold(s1);
        y[2] = Lanes.Fold(s2);
        y[3] = Lanes.Fold(s3);
    }
}
