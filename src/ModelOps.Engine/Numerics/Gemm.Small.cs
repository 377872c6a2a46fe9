using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
                if (m == 1 && !w.IsQuantized) DotRows(w.Type, w.Row(row), rows, x, y + row, w.Cols);
                else
                {
                    var weights = ExpandedRows(w, row, rows);
                    for (var i = 0; i < m; i++) DotRows(StorageType.F32, weights, rows, x + (long)i * ldx, y + (long)i * ldy + row, w.Cols);
                }
            }
        });
    }

    private static byte* ExpandedRows(WeightMatrix w, int row, int rows)
    {
        if (w.Type == StorageType.F32) return w.Row(row);
        var expanded = Scratch.Rows((long)rows * w.Cols);
        w.Expand(row, rows, expanded);
        return (byte*)expanded;
    }

    private static void DotRows(StorageType type, byte* weights, int rows, float* x, float* y, int cols)
    {
        if (rows == RowsAtOnce && cols % Storage.Step == 0)
        {
            switch (type)
            {
                case StorageType.BF16: DotFourRows<Storage.BF16>(weights, x, y, cols); return;
                case StorageType.F16: DotFourRows<Storage.F16>(weights, x, y, cols); return;
                case StorageType.F32: DotFourRows<Storage.F32>(weights, x, y, cols); return;
            }
        }

        var row = Scratch.Row(cols);
        for (var r = 0; r < rows; r++)
        {
            Storage.Expand(type, weights + (long)r * cols * Storage.SizeOf(type), row, cols);
            y[r] = Kernels.Dot(row, x, cols);
        }
    }

    // Four independent chains hide the latency of the fused multiply-add.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotFourRows<TStored>(byte* weights, float* x, float* y, int cols)
        where TStored : struct, IStored
    {
        var stride = (long)cols * TStored.Size;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (var i = 0; i < cols; i += Storage.Step, weights += Storage.Step * TStored.Size)
        {
            // Hardware prefetchers stop at a page's end, which is about a row's: ask for the next four rows here.
            Prefetch(weights + 4 * stride, stride);
            var (x0, x1) = (Vector512.Load(x + i), Vector512.Load(x + i + Lanes.Count));
            s0 = Chain(TStored.Load(weights), x0, x1, s0);
            s1 = Chain(TStored.Load(weights + stride), x0, x1, s1);
            s2 = Chain(TStored.Load(weights + 2 * stride), x0, x1, s2);
            s3 = Chain(TStored.Load(weights + 3 * stride), x0, x1, s3);
        }

        y[0] = Lanes.Fold(s0);
        y[1] = Lanes.Fold(s1);
        y[2] = Lanes.Fold(s2);
        y[3] = Lanes.Fold(s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* at, long stride)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(at);
        Sse.Prefetch0(at + stride);
        Sse.Prefetch0(at + 2 * stride);
        Sse.Prefetch0(at + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Chain((Vector512<float> First, Vector512<float> Second) w, Vector512<float> x0, Vector512<float> x1, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(w.Second, x1, Vector512.FusedMultiplyAdd(w.First, x0, sum));
}
