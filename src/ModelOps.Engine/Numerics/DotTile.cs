using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Dot products of a few rows with a few rows of a weight, each in the order of <see cref="Kernels.Dot"/>: 16 lanes along the columns, then
/// the fold. The weight is read once for all rows; neither the tile nor the neighbours change a bit.
/// </summary>
/// <remarks>
/// Rows lie in a panel [cols / 16, 8, 16], missing rows zero. Columns are a multiple of 16; a row that ends earlier is continued with -0 in
/// the panel and 0 in the weight, whose product leaves any sum as it is.
/// </remarks>
internal static unsafe partial class DotTile
{
    public const int Rows = 8;
    public const int Outputs = 3;

    // How far ahead of its products a thread asks for the bytes of a row alone: past the ends of rows and pages, where the processor's own
    // prefetchers stop.
    private const int Ahead = 5 << 10;

    /// <summary>Columns with those that continue a row to whole lanes.</summary>
    public static int Padded(int cols) => (cols + Lanes.Count - 1) & -Lanes.Count;

    public static long PanelLength(int cols) => (long)Rows * Padded(cols);

    public static void Pack(float* x, long ldx, int rows, int cols, float* panel)
    {
        for (var c = 0; c < cols; c += Lanes.Count)
        {
            var whole = c + Lanes.Count <= cols;
            for (var i = 0; i < Rows; i++, panel += Lanes.Count)
            {
                if (i >= rows) default(Vector512<float>).Store(panel);
                else if (whole) Vector512.Load(x + i * ldx + c).Store(panel);
                else PackTail(x + i * ldx + c, cols - c, panel);
            }
        }
    }

    private static void PackTail(float* x, int count, float* panel)
    {
        for (var i = 0; i < Lanes.Count; i++) panel[i] = i < count ? x[i] : -0f;
    }

    /// <param name="w">Three weight rows. The three that follow are asked for: hardware prefetchers stop at a page's end, which is about a row's.</param>
    /// <param name="rows">Rows of the panel that count.</param>
    /// <param name="y">[3, 8] receives the dot products.</param>
    public static void Multiply<TStored>(byte* w, int cols, float* panel, int rows, float* y)
        where TStored : struct, IStored
    {
        var stride = (long)cols * TStored.Size;
        if (rows > Rows / 2) Multiply8x3<TStored>(w, stride, panel, y, cols);
        else Multiply4x3<TStored>(w, stride, panel, y, cols);
    }

    /// <summary>
    /// Rows of a weight, one after another, by one row of activations as it is, without a panel: memory sets the pace, and it is fastest read from
    /// front to back.
    /// </summary>
    /// <param name="w">[rows, cols]</param>
    /// <param name="y">[rows] receives the dot products.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyRow<TStored, THint>(byte* w, int rows, int cols, float* x, float* y)
        where TStored : struct, IStored
        where THint : struct, ICacheHint
    {
        for (var r = 0; r < rows; r++)
        {
            Vector512<float> sum = default;
            for (var i = 0; i < cols; i += Lanes.Count, w += Lanes.Count * TStored.Size)
            {
                THint.Ask(w + Ahead);
                sum = Vector512.FusedMultiplyAdd(TStored.Load(w), Vector512.Load(x + i), sum);
            }

            y[r] = Lanes.Fold(sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8x3<TStored>(byte* w, long stride, float* x, float* y, int cols)
        where TStored : struct, IStored
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (; cols > 0; cols -= Lanes.Count, x += Rows * Lanes.Count, w += Lanes.Count * TStored.Size)
        {
            Prefetch(w + Outputs * stride, stride);
            var (wa, wb, wc) = (TStored.Load(w), TStored.Load(w + stride), TStored.Load(w + 2 * stride));
            var v = Vector512.Load(x);
            a0 = Vector512.FusedMultiplyAdd(v, wa, a0);
            b0 = Vector512.FusedMultiplyAdd(v, wb, b0);
            c0 = Vector512.FusedMultiplyAdd(v, wc, c0);
            v = Vector512.Load(x + 16);
            a1 = Vector512.FusedMultiplyAdd(v, wa, a1);
            b1 = Vector512.FusedMultiplyAdd(v, wb, b1);
            c1 = Vector512.FusedMultiplyAdd(v, wc, c1);
            v = Vector512.Load(x + 32);
            a2 = Vector512.FusedMultiplyAdd(v, wa, a2);
            b2 = Vector512.FusedMultiplyAdd(v, wb, b2);
            c2 = Vector512.FusedMultiplyAdd(v, wc, c2);
            v = Vector512.Load(x + 48);
            a3 = Vector512.FusedMultiplyAdd(v, wa, a3);
            b3 = Vector512.FusedMultiplyAdd(v, wb, b3);
            c3 = Vector512.FusedMultiplyAdd(v, wc, c3);
            v = Vector512.Load(x + 64);
            a4 = Vector512.FusedMultiplyAdd(v, wa, a4);
            b4 = Vector512.FusedMultiplyAdd(v, wb, b4);
            c4 = Vector512.FusedMultiplyAdd(v, wc, c4);
            v = Vector512.Load(x + 80);
            a5 = Vector512.FusedMultiplyAdd(v, wa, a5);
            b5 = Vector512.FusedMultiplyAdd(v, wb, b5);
            c5 = Vector512.FusedMultiplyAdd(v, wc, c5);
            v = Vector512.Load(x + 96);
            a6 = Vector512.FusedMultiplyAdd(v, wa, a6);
            b6 = Vector512.FusedMultiplyAdd(v, wb, b6);
            c6 = Vector512.FusedMultiplyAdd(v, wc, c6);
            v = Vector512.Load(x + 112);
            a7 = Vector512.FusedMultiplyAdd(v, wa, a7);
            b7 = Vector512.FusedMultiplyAdd(v, wb, b7);
            c7 = Vector512.FusedMultiplyAdd(v, wc, c7);
        }

        Fold(a0, a1, a2, a3, a4, a5, a6, a7, y);
        Fold(b0, b1, b2, b3, b4, b5, b6, b7, y + Rows);
        Fold(c0, c1, c2, c3, c4, c5, c6, c7, y + 2 * Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x3<TStored>(byte* w, long stride, float* x, float* y, int cols)
        where TStored : struct, IStored
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        for (; cols > 0; cols -= Lanes.Count, x += Rows * Lanes.Count, w += Lanes.Count * TStored.Size)
        {
            Prefetch(w + Outputs * stride, stride);
            var (wa, wb, wc) = (TStored.Load(w), TStored.Load(w + stride), TStored.Load(w + 2 * stride));
            var v = Vector512.Load(x);
            a0 = Vector512.FusedMultiplyAdd(v, wa, a0);
            b0 = Vector512.FusedMultiplyAdd(v, wb, b0);
            c0 = Vector512.FusedMultiplyAdd(v, wc, c0);
            v = Vector512.Load(x + 16);
            a1 = Vector512.FusedMultiplyAdd(v, wa, a1);
            b1 = Vector512.FusedMultiplyAdd(v, wb, b1);
            c1 = Vector512.FusedMultiplyAdd(v, wc, c1);
            v = Vector512.Load(x + 32);
            a2 = Vector512.FusedMultiplyAdd(v, wa, a2);
            b2 = Vector512.FusedMultiplyAdd(v, wb, b2);
            c2 = Vector512.FusedMultiplyAdd(v, wc, c2);
            v = Vector512.Load(x + 48);
            a3 = Vector512.FusedMultiplyAdd(v, wa, a3);
            b3 = Vector512.FusedMultiplyAdd(v, wb, b3);
            c3 = Vector512.FusedMultiplyAdd(v, wc, c3);
        }

        Fold(a0, a1, a2, a3, default, default, default, default, y);
        Fold(b0, b1, b2, b3, default, default, default, default, y + Rows);
        Fold(c0, c1, c2, c3, default, default, default, default, y + 2 * Rows);
    }

    /// <summary><see cref="Lanes.Fold"/> of eight vectors at once: the same additions, for neighbours in one register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fold(
        Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3,
        Vector512<float> s4, Vector512<float> s5, Vector512<float> s6, Vector512<float> s7, float* y)
    {
        if (!Avx.IsSupported)
        {
            (y[0], y[1], y[2], y[3]) = (Lanes.Fold(s0), Lanes.Fold(s1), Lanes.Fold(s2), Lanes.Fold(s3));
            (y[4], y[5], y[6], y[7]) = (Lanes.Fold(s4), Lanes.Fold(s5), Lanes.Fold(s6), Lanes.Fold(s7));
            return;
        }

        // Sixteen lanes to four, two vectors in each register; to two, four vectors in each; to one.
        Vector256<float> f04 = Quarter(s0, s4), f15 = Quarter(s1, s5), f26 = Quarter(s2, s6), f37 = Quarter(s3, s7);
        var f0145 = Avx.Shuffle(f04, f15, 0x44) + Avx.Shuffle(f04, f15, 0xEE);
        var f2367 = Avx.Shuffle(f26, f37, 0x44) + Avx.Shuffle(f26, f37, 0xEE);
        (Avx.Shuffle(f0145, f2367, 0x88) + Avx.Shuffle(f0145, f2367, 0xDD)).Store(y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Quarter(Vector512<float> s, Vector512<float> t)
    {
        Vector256<float> a = s.GetLower() + s.GetUpper(), b = t.GetLower() + t.GetUpper();
        return Avx.Permute2x128(a, b, 0x20) + Avx.Permute2x128(a, b, 0x31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* at, long stride)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(at);
        Sse.Prefetch0(at + stride);
        Sse.Prefetch0(at + 2 * stride);
    }
}
