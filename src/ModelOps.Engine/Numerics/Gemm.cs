namespace ModelOps.Engine.Numerics;

/// <summary>
/// Matrix products in f32, row-major, with leading dimensions. Every output element is, for each block of <see cref="BlockK"/> along k,
/// one chain of fused multiply-adds from zero; the blocks are added in order to the old value, or the first one replaces it. Tiling, packing
/// and threads never change a bit.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>Length of a block along k. Part of the results' definition: changing it changes the engine's numerics version.</summary>
    public const int BlockK = 384;

    /// <summary>C[m,n] (+)= A[m,k] · B[n,k]ᵀ: a linear layer's forward.</summary>
    public static void MultiplyTransposedB(ThreadTeam team, float* a, int lda, float* b, int ldb, float* c, int ldc, int m, int n, int k, bool accumulate) =>
        Rows(team, a, lda, 1, b, 1, ldb, c, ldc, m, n, k, accumulate);

    /// <summary>C[m,n] (+)= A[m,k] · B[k,n]: the gradient of a linear layer's input.</summary>
    public static void Multiply(ThreadTeam team, float* a, int lda, float* b, int ldb, float* c, int ldc, int m, int n, int k, bool accumulate) =>
        Rows(team, a, lda, 1, b, ldb, 1, c, ldc, m, n, k, accumulate);

    /// <summary>C[m,n] (+)= A[k,m]ᵀ · B[k,n]: the gradient of a linear layer's weight.</summary>
    public static void MultiplyTransposedA(ThreadTeam team, float* a, int lda, float* b, int ldb, float* c, int ldc, int m, int n, int k, bool accumulate) =>
        Rows(team, a, 1, lda, b, ldb, 1, c, ldc, m, n, k, accumulate);

    /// <summary>C[m, Rows] (+)= A[m, Cols] · Wᵀ: forward through a frozen weight.</summary>
    public static void MultiplyTransposedB(ThreadTeam team, float* a, int lda, WeightMatrix b, float* c, int ldc, int m, bool accumulate)
    {
        using var expanded = new FloatBuffer((long)b.Rows * b.Cols, zeroed: false);
        b.Expand(0, b.Rows, expanded.Pointer);
        MultiplyTransposedB(team, a, lda, expanded.Pointer, b.Cols, c, ldc, m, b.Rows, b.Cols, accumulate);
    }

    /// <summary>C[m, Cols] (+)= A[m, Rows] · W: the input's gradient through a frozen weight.</summary>
    public static void Multiply(ThreadTeam team, float* a, int lda, WeightMatrix b, float* c, int ldc, int m, bool accumulate)
    {
        using var expanded = new FloatBuffer((long)b.Rows * b.Cols, zeroed: false);
        b.Expand(0, b.Rows, expanded.Pointer);
        Multiply(team, a, lda, expanded.Pointer, b.Cols, c, ldc, m, b.Cols, b.Rows, accumulate);
    }

    private static void Rows(
        ThreadTeam team, float* a, long aRow, long aCol, float* b, long bRow, long bCol, float* c, int ldc, int m, int n, int k, bool accumulate) =>
        team.For(m, i => ScalarReference.Multiply(a + i * aRow, aRow, aCol, b, bRow, bCol, c + (long)i * ldc, ldc, 1, n, k, accumulate));

    /// <summary>y[Rows] = W · x[Cols], in the order of <see cref="Kernels.Dot"/> over the columns.</summary>
    public static void Gemv(ThreadTeam team, WeightMatrix w, float* x, float* y) => GemmSmall(team, w, x, w.Cols, y, w.Rows, 1);

    /// <summary>y[m, Rows] = x[m, Cols] · Wᵀ for a few rows (batch decoding); every row has the bits that <see cref="Gemv"/> gives it alone.</summary>
    public static void GemmSmall(ThreadTeam team, WeightMatrix w, float* x, int ldx, float* y, int ldy, int m)
    {
        const int RowsPerPart = 64;
        team.For((w.Rows + RowsPerPart - 1) / RowsPerPart, part =>
        {
            using var row = new FloatBuffer(w.Cols, zeroed: false);
            for (var r = part * RowsPerPart; r < Math.Min(w.Rows, (part + 1) * RowsPerPart); r++)
            {
                w.Expand(r, 1, row.Pointer);
                for (var i = 0; i < m; i++) y[(long)i * ldy + r] = Kernels.Dot(x + (long)i * ldx, row.Pointer, w.Cols);
            }
        });
    }
}
