using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Matrix products in f32, row-major, with leading dimensions. Every output element is, for each block of <see cref="BlockK"/> along k,
/// one chain of fused multiply-adds from zero; the blocks are added in order to the old value, or the first one replaces it. Tiling, packing
/// and threads never change a bit.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>Length of a block along k. Part of the results' definition: changing it changes the engine's numerics version.</summary>
    public const int BlockK = 512;

    private const int PanelA = 8;
    private const int PanelB = 32;

    // Columns packed at a time: with BlockK, 8 MB, which a shared cache holds.
    private const int BlockN = 4096;

    /// <summary>C[m,n] (+)= A[m,k] · B[n,k]ᵀ: a linear layer's forward.</summary>
    public static void MultiplyTransposedB(ThreadTeam team, float* a, int lda, float* b, int ldb, float* c, int ldc, int m, int n, int k, bool accumulate) =>
        Run(team, Operand.Of(a, lda, true), Operand.Of(b, ldb, true), null, new Output(c, ldc, m, n, k, accumulate));

    /// <summary>C[m,n] (+)= A[m,k] · B[k,n]: the gradient of a linear layer's input.</summary>
    public static void Multiply(ThreadTeam team, float* a, int lda, float* b, int ldb, float* c, int ldc, int m, int n, int k, bool accumulate) =>
        Run(team, Operand.Of(a, lda, true), Operand.Of(b, ldb, false), null, new Output(c, ldc, m, n, k, accumulate));

    /// <summary>C[m,n] (+)= A[k,m]ᵀ · B[k,n]: the gradient of a linear layer's weight.</summary>
    public static void MultiplyTransposedA(ThreadTeam team, float* a, int lda, float* b, int ldb, float* c, int ldc, int m, int n, int k, bool accumulate) =>
        Run(team, Operand.Of(a, lda, false), Operand.Of(b, ldb, false), null, new Output(c, ldc, m, n, k, accumulate));

    /// <summary>C[m, Rows] (+)= A[m, Cols] · Wᵀ: forward through a frozen weight.</summary>
    public static void MultiplyTransposedB(ThreadTeam team, float* a, int lda, WeightMatrix b, float* c, int ldc, int m, bool accumulate) =>
        Run(team, Operand.Of(a, lda, true), Factor(b, true), Cached(team, b, true), new Output(c, ldc, m, b.Rows, b.Cols, accumulate));

    /// <summary>C[m, Cols] (+)= A[m, Rows] · W: the input's gradient through a frozen weight.</summary>
    public static void Multiply(ThreadTeam team, float* a, int lda, WeightMatrix b, float* c, int ldc, int m, bool accumulate) =>
        Run(team, Operand.Of(a, lda, true), Factor(b, false), Cached(team, b, false), new Output(c, ldc, m, b.Cols, b.Rows, accumulate));

    private static Operand Factor(WeightMatrix w, bool transposed) => new(w.Elements, w.Cols, transposed);

    private static float* Cached(ThreadTeam team, WeightMatrix w, bool transposed)
    {
        if (!w.CachePanels) return null;
        var (n, k) = transposed ? (w.Rows, w.Cols) : (w.Cols, w.Rows);
        return w.Panels(transposed, () =>
        {
            var panels = new FloatBuffer((long)Panels(n) * PanelB * k, zeroed: false);
            for (var start = 0; start < k; start += BlockK)
            {
                PackB(team, Factor(w, transposed), 0, n, start, Math.Min(BlockK, k - start), panels.Pointer + (long)start * Panels(n) * PanelB);
            }

            return panels;
        }).Pointer;
    }

    private static void Run(ThreadTeam team, Operand a, Operand b, float* cached, Output c)
    {
        if (c.K == 0 && !c.Accumulate)
        {
            for (var i = 0; i < c.M; i++) new Span<float>(c.At(i, 0), c.N).Clear();
        }

        for (var column = 0; column < c.N; column += BlockN)
        {
            var n = Math.Min(BlockN, c.N - column);
            for (var start = 0; start < c.K; start += BlockK)
            {
                var length = Math.Min(BlockK, c.K - start);
                var panels = cached + ((long)start * Panels(c.N) + (long)column / PanelB * length) * PanelB;
                if (cached == null)
                {
                    panels = Scratch.PanelsB((long)Panels(n) * PanelB * length);
                    PackB(team, b, column, n, start, length, panels);
                }

                MultiplyBlock(team, a, panels, c, column, n, start, length);
            }
        }
    }

    private static void PackB(ThreadTeam team, Operand b, int column, int n, int start, int length, float* panels)
    {
        const int PanelsPerPart = 4;
        team.For((Panels(n) + PanelsPerPart - 1) / PanelsPerPart, part =>
        {
            for (var j = part * PanelsPerPart; j < Math.Min(Panels(n), (part + 1) * PanelsPerPart); j++)
            {
                b.Pack(column + j * PanelB, Math.Min(PanelB, n - j * PanelB), start, length, panels + (long)j * PanelB * length, PanelB);
            }
        });
    }

    private static void MultiplyBlock(ThreadTeam team, Operand a, float* panels, Output c, int column, int n, int start, int length)
    {
        var rows = c.M >= 1024 ? 128 : 64; // Packed rows of A: at most 256 KB, which a core's own cache holds.
        var rowTiles = (c.M + rows - 1) / rows;
        // Few rows: cut the columns too, or threads would idle. Each cut packs A again, so a lone thread makes none.
        var cuts = team.RunsInline ? 1 : Math.Clamp(12 / rowTiles, 1, Math.Max(1, Panels(n) / 2));
        team.For(rowTiles * cuts, part =>
        {
            var (tile, cut) = (part / cuts, part % cuts);
            var (from, to) = (Panels(n) * cut / cuts, Panels(n) * (cut + 1) / cuts);
            var m = Math.Min(rows, c.M - tile * rows);
            var packedA = Scratch.PanelsA((long)rows * length);
            for (var i = 0; i < m; i += PanelA) a.Pack(tile * rows + i, Math.Min(PanelA, m - i), start, length, packedA + (long)i * length, PanelA);
            for (var j = from; j < to; j++)
            {
                var at = j * PanelB;
                for (var i = 0; i < m; i += PanelA)
                {
                    MultiplyTile(
                        packedA + (long)i * length, panels + (long)at * length, c.At(tile * rows + i, column + at), c.Ldc, length,
                        Math.Min(PanelA, m - i), Math.Min(PanelB, n - at), c.Accumulate || start > 0);
                }
            }
        });
    }

    private static void MultiplyTile(float* a, float* b, float* c, int ldc, int k, int rows, int columns, bool add)
    {
        if (rows == PanelA && columns is PanelB or PanelB / 2)
        {
            MultiplyPanels(a, b, c, ldc, k, columns, add);
            return;
        }

        var whole = stackalloc float[PanelA * PanelB];
        MultiplyPanels(a, b, whole, PanelB, k, columns, false);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++) c[(long)i * ldc + j] = add ? c[(long)i * ldc + j] + whole[i * PanelB + j] : whole[i * PanelB + j];
        }
    }

    private static void MultiplyPanels(float* a, float* b, float* c, int ldc, int k, int columns, bool add)
    {
        if (!Vector512.IsHardwareAccelerated) MicroKernel256.Multiply8(a, b, c, ldc, k, columns, add);
        else if (columns > PanelB / 2) MicroKernel512.Multiply8x32(a, b, c, ldc, k, add);
        else MicroKernel512.Multiply8x16(a, b, c, ldc, k, add);
    }

    private static int Panels(int n) => (n + PanelB - 1) / PanelB;

    private readonly struct Output(float* c, int ldc, int m, int n, int k, bool accumulate)
    {
        public readonly int Ldc = ldc, M = m, N = n, K = k;
        public readonly bool Accumulate = accumulate;

        public float* At(int row, int column) => c + (long)row * Ldc + column;
    }
}
