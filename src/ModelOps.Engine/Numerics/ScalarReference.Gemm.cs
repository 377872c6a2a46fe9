namespace ModelOps.Engine.Numerics;

internal static unsafe partial class ScalarReference
{
    /// <summary>C[i,j] (+)= sum over k of A[i·aRow + p·aCol] · B[p·bRow + j·bCol], in blocks of <see cref="Gemm.BlockK"/>.</summary>
    public static void Multiply(
        float* a, long aRow, long aCol, float* b, long bRow, long bCol, float* c, int ldc, int m, int n, int k, bool accumulate)
    {
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = accumulate ? c[(long)i * ldc + j] : 0;
                for (var start = 0; start < k; start += Gemm.BlockK)
                {
                    var chain = 0f;
                    for (var p = start; p < Math.Min(k, start + Gemm.BlockK); p++)
                    {
                        chain = MathF.FusedMultiplyAdd(a[i * aRow + p * aCol], b[p * bRow + j * bCol], chain);
                    }

                    sum = start == 0 && !accumulate ? chain : sum + chain;
                }

                c[(long)i * ldc + j] = sum;
            }
        }
    }

    /// <summary>C[m,n] (+)= A·B as inside attention: one chain over k for each element, from 0 or from C.</summary>
    public static void MultiplyTile(
        float* a, nint aRow, nint aStep, float* b, nint ldb, float* c, nint ldc, int m, int n, int k, bool accumulate)
    {
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = accumulate ? c[i * ldc + j] : 0;
                for (var p = 0; p < k; p++) sum = MathF.FusedMultiplyAdd(a[i * aRow + p * aStep], b[p * ldb + j], sum);
                c[i * ldc + j] = sum;
            }
        }
    }

    /// <summary>y[m, rows] = x[m, cols] · Wᵀ as in decoding: each element the <see cref="Dot"/> of two rows, W [rows, cols] in f32.</summary>
    public static void MultiplyDots(float* w, int rows, int cols, float* x, float* y, int m)
    {
        for (var i = 0; i < m; i++)
        {
            for (var r = 0; r < rows; r++) y[i * rows + r] = Dot(w + (long)r * cols, x + (long)i * cols, cols);
        }
    }
}
