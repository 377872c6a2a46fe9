using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// The innermost product with 256-bit registers (AVX2 and FMA; elsewhere the runtime splits them): 4 rows by 16 columns of C within
/// the same packed panels as <see cref="MicroKernel512"/>, so a wide tile is four calls.
/// </summary>
internal static unsafe class MicroKernel256
{
    public static void Multiply8(float* a, float* b, float* c, long ldc, int k, int columns, bool add)
    {
        for (var column = 0; column < columns; column += 16)
        {
            Multiply4x16(a, b + column, c + column, ldc, k, add);
            Multiply4x16(a + 4, b + column, c + 4 * ldc + column, ldc, k, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x16(float* a, float* b, float* c, long ldc, int k, bool add)
    {
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        for (; k > 0; k--, a += 8, b += 32)
        {
            var b0 = Vector256.Load(b);
            var b1 = Vector256.Load(b + 8);
            var x = Vector256.Create(a[0]);
            c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
            x = Vector256.Create(a[1]);
            c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
            x = Vector256.Create(a[2]);
            c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
            x = Vector256.Create(a[3]);
            c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
        }

        Put(c, c00, c01, add);
        Put(c += ldc, c10, c11, add);
        Put(c += ldc, c20, c21, add);
        Put(c + ldc, c30, c31, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, Vector256<float> left, Vector256<float> right, bool add)
    {
        if (add)
        {
            left = Vector256.Load(c) + left;
            right = Vector256.Load(c + 8) + right;
        }

        left.Store(c);
        right.Store(c + 8);
    }
}
