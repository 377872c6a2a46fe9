using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Layers;

/// <summary>
/// The small matrix products inside one attention head, on one thread: C[m,n] (+)= A[m,k]·B[k,n] with A at any two strides (so that a
/// transpose costs nothing). Each element is one chain of fused multiply-adds over k, ascending, from 0 or from C: no blocking, no vector
/// width and no neighbour changes its bits.
/// </summary>
internal static unsafe class TileProduct
{
    /// <summary>Columns of a block of B.</summary>
    internal const int Block = 32;

    /// <param name="aRow">Distance between rows of A.</param>
    /// <param name="aStep">Distance between elements of a row of A.</param>
    /// <param name="bBlock">Distance between 32 columns of B and the next 32, where B lies in blocks.</param>
    internal static void Multiply(
        float* a, nint aRow, nint aStep, float* b, nint ldb, float* c, nint ldc, int m, int n, int k, bool accumulate, nint bBlock = Block)
    {
        int j = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; m == 2 && j + 64 <= n; j += 64) // two heads of a row that decodes: more columns, or their chains would be too few for the processor
                Rows2Wide<Lane512>(a, aRow, aStep, b + At(j), b + At(j + Block), ldb, c + j, ldc, k, accumulate);
            for (; j + 32 <= n; j += 32)
                Columns<Lane512>(a, aRow, aStep, b + At(j), ldb, c + j, ldc, m, k, accumulate);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; j + 16 <= n; j += 16)
                Columns<Lane256>(a, aRow, aStep, b + At(j), ldb, c + j, ldc, m, k, accumulate);
        }

        for (; j < n; j++)
            ScalarColumn(a, aRow, aStep, b + At(j), ldb, c + j, ldc, m, k, accumulate);

        nint At(int column) => column / Block * bBlock + column % Block;
    }

    private static void Columns<T>(float* a, nint aRow, nint aStep, float* b, nint ldb, float* c, nint ldc, int m, int k, bool accumulate)
        where T : struct, ILane<T>
    {
        int i = 0;
        if (T.Width == 16) // eight rows need 16 accumulators, which only AVX-512 has beside its operands
        {
            for (; i + 8 <= m; i += 8)
                Rows8<T>(a + i * aRow, aRow, aStep, b, ldb, c + i * ldc, ldc, k, accumulate);
        }

        for (; i + 4 <= m; i += 4)
            Rows4<T>(a + i * aRow, aRow, aStep, b, ldb, c + i * ldc, ldc, k, accumulate);
        for (; i + 3 <= m; i += 3) // heads of a group that decodes
            Rows3<T>(a + i * aRow, aRow, aStep, b, ldb, c + i * ldc, ldc, k, accumulate);
        for (; i + 2 <= m; i += 2)
            Rows2<T>(a + i * aRow, aRow, aStep, b, ldb, c + i * ldc, ldc, k, accumulate);
        for (; i < m; i++)
            Row<T>(a + i * aRow, aStep, b, ldb, c + i * ldc, k, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows8<T>(float* a, nint aRow, nint aStep, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
        where T : struct, ILane<T>
    {
        T c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        T c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default;
        int w = T.Width;
        float* d = c;
        if (accumulate)
        {
            c00 = T.Load(d); c01 = T.Load(d + w); d += ldc;
            c10 = T.Load(d); c11 = T.Load(d + w); d += ldc;
            c20 = T.Load(d); c21 = T.Load(d + w); d += ldc;
            c30 = T.Load(d); c31 = T.Load(d + w); d += ldc;
            c40 = T.Load(d); c41 = T.Load(d + w); d += ldc;
            c50 = T.Load(d); c51 = T.Load(d + w); d += ldc;
            c60 = T.Load(d); c61 = T.Load(d + w); d += ldc;
            c70 = T.Load(d); c71 = T.Load(d + w);
        }

        float* lower = a + 4 * aRow;
        nint aRow3 = 3 * aRow;
        for (; k > 0; k--)
        {
            T b0 = T.Load(b), b1 = T.Load(b + w);
            T x = T.Broadcast(a[0]); c00 = T.MultiplyAdd(x, b0, c00); c01 = T.MultiplyAdd(x, b1, c01);
            x = T.Broadcast(a[aRow]); c10 = T.MultiplyAdd(x, b0, c10); c11 = T.MultiplyAdd(x, b1, c11);
            x = T.Broadcast(a[2 * aRow]); c20 = T.MultiplyAdd(x, b0, c20); c21 = T.MultiplyAdd(x, b1, c21);
            x = T.Broadcast(a[aRow3]); c30 = T.MultiplyAdd(x, b0, c30); c31 = T.MultiplyAdd(x, b1, c31);
            x = T.Broadcast(lower[0]); c40 = T.MultiplyAdd(x, b0, c40); c41 = T.MultiplyAdd(x, b1, c41);
            x = T.Broadcast(lower[aRow]); c50 = T.MultiplyAdd(x, b0, c50); c51 = T.MultiplyAdd(x, b1, c51);
            x = T.Broadcast(lower[2 * aRow]); c60 = T.MultiplyAdd(x, b0, c60); c61 = T.MultiplyAdd(x, b1, c61);
            x = T.Broadcast(lower[aRow3]); c70 = T.MultiplyAdd(x, b0, c70); c71 = T.MultiplyAdd(x, b1, c71);
            a += aStep;
            lower += aStep;
            b += ldb;
        }

        c00.Store(c); c01.Store(c + w); c += ldc;
        c10.Store(c); c11.Store(c + w); c += ldc;
        c20.Store(c); c21.Store(c + w); c += ldc;
        c30.Store(c); c31.Store(c + w); c += ldc;
        c40.Store(c); c41.Store(c + w); c += ldc;
        c50.Store(c); c51.Store(c + w); c += ldc;
        c60.Store(c); c61.Store(c + w); c += ldc;
        c70.Store(c); c71.Store(c + w);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4<T>(float* a, nint aRow, nint aStep, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
        where T : struct, ILane<T>
    {
        T c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        int w = T.Width;
        float* d = c;
        if (accumulate)
        {
            c00 = T.Load(d); c01 = T.Load(d + w); d += ldc;
            c10 = T.Load(d); c11 = T.Load(d + w); d += ldc;
            c20 = T.Load(d); c21 = T.Load(d + w); d += ldc;
            c30 = T.Load(d); c31 = T.Load(d + w);
        }

        nint aRow3 = 3 * aRow;
        for (; k > 0; k--)
        {
            T b0 = T.Load(b), b1 = T.Load(b + w);
            T x = T.Broadcast(a[0]); c00 = T.MultiplyAdd(x, b0, c00); c01 = T.MultiplyAdd(x, b1, c01);
            x = T.Broadcast(a[aRow]); c10 = T.MultiplyAdd(x, b0, c10); c11 = T.MultiplyAdd(x, b1, c11);
            x = T.Broadcast(a[2 * aRow]); c20 = T.MultiplyAdd(x, b0, c20); c21 = T.MultiplyAdd(x, b1, c21);
            x = T.Broadcast(a[aRow3]); c30 = T.MultiplyAdd(x, b0, c30); c31 = T.MultiplyAdd(x, b1, c31);
            a += aStep;
            b += ldb;
        }

        c00.Store(c); c01.Store(c + w); c += ldc;
        c10.Store(c); c11.Store(c + w); c += ldc;
        c20.Store(c); c21.Store(c + w); c += ldc;
        c30.Store(c); c31.Store(c + w);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows3<T>(float* a, nint aRow, nint aStep, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
        where T : struct, ILane<T>
    {
        T c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        int w = T.Width;
        float* d1 = c + ldc, d2 = d1 + ldc;
        if (accumulate)
        {
            c00 = T.Load(c); c01 = T.Load(c + w);
            c10 = T.Load(d1); c11 = T.Load(d1 + w);
            c20 = T.Load(d2); c21 = T.Load(d2 + w);
        }

        for (; k > 0; k--)
        {
            T b0 = T.Load(b), b1 = T.Load(b + w);
            T x = T.Broadcast(a[0]); c00 = T.MultiplyAdd(x, b0, c00); c01 = T.MultiplyAdd(x, b1, c01);
            x = T.Broadcast(a[aRow]); c10 = T.MultiplyAdd(x, b0, c10); c11 = T.MultiplyAdd(x, b1, c11);
            x = T.Broadcast(a[2 * aRow]); c20 = T.MultiplyAdd(x, b0, c20); c21 = T.MultiplyAdd(x, b1, c21);
            a += aStep;
            b += ldb;
        }

        c00.Store(c); c01.Store(c + w);
        c10.Store(d1); c11.Store(d1 + w);
        c20.Store(d2); c21.Store(d2 + w);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows2<T>(
        float* a, nint aRow, nint aStep, float* b, nint ldb, float* c, nint ldc, int k, bool accumulate)
        where T : struct, ILane<T>
    {
        T c00 = default, c01 = default, c10 = default, c11 = default;
        int w = T.Width;
        float* d = c + ldc;
        if (accumulate)
        {
            c00 = T.Load(c); c01 = T.Load(c + w);
            c10 = T.Load(d); c11 = T.Load(d + w);
        }

        for (; k > 0; k--)
        {
            T b0 = T.Load(b), b1 = T.Load(b + w);
            T x = T.Broadcast(a[0]); c00 = T.MultiplyAdd(x, b0, c00); c01 = T.MultiplyAdd(x, b1, c01);
            x = T.Broadcast(a[aRow]); c10 = T.MultiplyAdd(x, b0, c10); c11 = T.MultiplyAdd(x, b1, c11);
            a += aStep;
            b += ldb;
        }

        c00.Store(c); c01.Store(c + w);
        c10.Store(d); c11.Store(d + w);
    }

    // Two rows by four vectors, two at b and two at e.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows2Wide<T>(
        float* a, nint aRow, nint aStep, float* b, float* e, nint ldb, float* c, nint ldc, int k, bool accumulate)
        where T : struct, ILane<T>
    {
        T c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        int w = T.Width;
        float* d = c + ldc;
        if (accumulate)
        {
            c00 = T.Load(c); c01 = T.Load(c + w); c02 = T.Load(c + 2 * w); c03 = T.Load(c + 3 * w);
            c10 = T.Load(d); c11 = T.Load(d + w); c12 = T.Load(d + 2 * w); c13 = T.Load(d + 3 * w);
        }

        for (; k > 0; k--)
        {
            T x = T.Broadcast(a[0]), y = T.Broadcast(a[aRow]), b0 = T.Load(b), b1 = T.Load(b + w);
            c00 = T.MultiplyAdd(x, b0, c00); c10 = T.MultiplyAdd(y, b0, c10);
            c01 = T.MultiplyAdd(x, b1, c01); c11 = T.MultiplyAdd(y, b1, c11);
            b0 = T.Load(e);
            b1 = T.Load(e + w);
            c02 = T.MultiplyAdd(x, b0, c02); c12 = T.MultiplyAdd(y, b0, c12);
            c03 = T.MultiplyAdd(x, b1, c03); c13 = T.MultiplyAdd(y, b1, c13);
            a += aStep;
            b += ldb;
            e += ldb;
        }

        c00.Store(c); c01.Store(c + w); c02.Store(c + 2 * w); c03.Store(c + 3 * w);
        c10.Store(d); c11.Store(d + w); c12.Store(d + 2 * w); c13.Store(d + 3 * w);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<T>(float* a, nint aStep, float* b, nint ldb, float* c, int k, bool accumulate)
        where T : struct, ILane<T>
    {
        int w = T.Width;
        T c0 = accumulate ? T.Load(c) : default, c1 = accumulate ? T.Load(c + w) : default;
        for (; k > 0; k--)
        {
            T x = T.Broadcast(a[0]);
            c0 = T.MultiplyAdd(x, T.Load(b), c0);
            c1 = T.MultiplyAdd(x, T.Load(b + w), c1);
            a += aStep;
            b += ldb;
        }

        c0.Store(c);
        c1.Store(c + w);
    }

    private static void ScalarColumn(float* a, nint aRow, nint aStep, float* b, nint ldb, float* c, nint ldc, int m, int k, bool accumulate)
    {
        for (int i = 0; i < m; i++)
        {
            float sum = accumulate ? c[i * ldc] : 0f;
            for (int p = 0; p < k; p++)
                sum = MathF.FusedMultiplyAdd(a[i * aRow + p * aStep], b[p * ldb], sum);
            c[i * ldc] = sum;
        }
    }
}
