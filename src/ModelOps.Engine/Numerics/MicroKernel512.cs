using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>The innermost product with 512-bit registers: 8 rows by 32 or 16 columns of C, which stay in registers over the block.</summary>
/// <remarks>Packed A is [k, 8], packed B is [k, 32]. C is written, or the chain is added to it.</remarks>
internal static unsafe class MicroKernel512
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply8x32(float* a, float* b, float* c, long ldc, int k, bool add)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        Vector512<float> c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default;
        for (; k > 0; k--, a += 8, b += 32)
        {
            var b0 = Vector512.Load(b);
            var b1 = Vector512.Load(b + 16);
            var x = Vector512.Create(a[0]);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a[1]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a[2]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a[3]);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            x = Vector512.Create(a[4]);
            c40 = Vector512.FusedMultiplyAdd(x, b0, c40);
            c41 = Vector512.FusedMultiplyAdd(x, b1, c41);
            x = Vector512.Create(a[5]);
            c50 = Vector512.FusedMultiplyAdd(x, b0, c50);
            c51 = Vector512.FusedMultiplyAdd(x, b1, c51);
            x = Vector512.Create(a[6]);
            c60 = Vector512.FusedMultiplyAdd(x, b0, c60);
            c61 = Vector512.FusedMultiplyAdd(x, b1, c61);
            x = Vector512.Create(a[7]);
            c70 = Vector512.FusedMultiplyAdd(x, b0, c70);
            c71 = Vector512.FusedMultiplyAdd(x, b1, c71);
        }

        Put(c, c00, c01, add);
        Put(c += ldc, c10, c11, add);
        Put(c += ldc, c20, c21, add);
        Put(c += ldc, c30, c31, add);
        Put(c += ldc, c40, c41, add);
        Put(c += ldc, c50, c51, add);
        Put(c += ldc, c60, c61, add);
        Put(c + ldc, c70, c71, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply8x16(float* a, float* b, float* c, long ldc, int k, bool add)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (; k > 0; k--, a += 8, b += 32)
        {
            var x = Vector512.Load(b);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[0]), x, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a[1]), x, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a[2]), x, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a[3]), x, c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.Create(a[4]), x, c4);
            c5 = Vector512.FusedMultiplyAdd(Vector512.Create(a[5]), x, c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.Create(a[6]), x, c6);
            c7 = Vector512.FusedMultiplyAdd(Vector512.Create(a[7]), x, c7);
        }

        Put(c, c0, add);
        Put(c += ldc, c1, add);
        Put(c += ldc, c2, add);
        Put(c += ldc, c3, add);
        Put(c += ldc, c4, add);
        Put(c += ldc, c5, add);
        Put(c += ldc, c6, add);
        Put(c + ldc, c7, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, Vector512<float> left, Vector512<float> right, bool add)
    {
        Put(c, left, add);
        Put(c + 16, right, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, Vector512<float> sum, bool add)
    {
        if (add) sum = Vector512.Load(c) + sum;
        sum.Store(c);
    }
}
