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

    // What is packed at a time, two blocks along k: 8 MB of B and 4 MB of A, which a shared cache holds.
    private const int SpanK = 2 * BlockK;
    private const int BlockM = 1024;
    private const int BlockN = 2048;

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
        return w.Panels(transposed ? PanelUse.Forward : PanelUse.Backward, _ =>
        {
            var kept = new FloatBuffer((long)Padded(n, PanelB) * k, zeroed: false);
            var panels = new Panels(kept.Pointer, PanelB, Padded(n, PanelB), 0, k);
            Pack(team, default, 0, 0, default, Factor(w, transposed), 0, n, panels, 0);
            return kept;
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
            for (var start = 0; start < c.K; start += SpanK)
            {
                var length = Math.Min(SpanK, c.K - start);
                var panelsB = cached != null
                    ? new Panels(cached + (long)start * Padded(c.N, PanelB), PanelB, Padded(c.N, PanelB), column, length)
                    : new Panels(Scratch.PanelsB((long)Padded(n, PanelB) * length), PanelB, Padded(n, PanelB), 0, length);
                for (var row = 0; row < c.M; row += BlockM)
                {
                    var m = Math.Min(BlockM, c.M - row);
                    var panelsA = new Panels(Scratch.PanelsA((long)Padded(m, PanelA) * length), PanelA, Padded(m, PanelA), 0, length);
                    var packsA = column == 0 || c.K > SpanK || c.M > BlockM;
                    var packsB = cached == null && row == 0;
                    Pack(team, a, row, packsA ? m : 0, panelsA, b, column, packsB ? n : 0, panelsB, start);
                    MultiplySpan(team, panelsA, panelsB, c, row, m, column, n, start > 0);
                }
            }
        }
    }

    /// <summary>Packs the rows of A and the columns of B that come next, handed out together.</summary>
    private static void Pack(ThreadTeam team, Operand a, int row, int m, Panels panelsA, Operand b, int column, int n, Panels panelsB, int start)
    {
        const int LanesPerPart = 128;
        var partsA = (m + LanesPerPart - 1) / LanesPerPart;
        var partsB = (n + LanesPerPart - 1) / LanesPerPart;
        team.For(partsA + partsB, part =>
        {
            if (part < partsA) panelsA.Pack(a, row, part * LanesPerPart, Math.Min(m, (part + 1) * LanesPerPart), start);
            else panelsB.Pack(b, column, (part - partsA) * LanesPerPart, Math.Min(n, (part - partsA + 1) * LanesPerPart), start);
        });
    }

    private static void MultiplySpan(ThreadTeam team, Panels a, Panels b, Output c, int row, int m, int column, int n, bool continues)
    {
        // A tile's rows of A take at most 256 KB, which a core's own cache holds beside a panel of B. Parts are many, so that threads end together.
        const int TileFloats = 1 << 16, Parts = 32;
        var rows = Math.Clamp(TileFloats / a.Length / PanelA * PanelA, PanelA, 128);
        var tiles = (m + rows - 1) / rows;
        var panels = Padded(n, PanelB) / PanelB;
        var cuts = Math.Clamp(Parts / tiles, 1, Math.Max(1, panels / 2));
        team.For(tiles * cuts, part =>
        {
            var (tile, cut) = (part / cuts, part % cuts);
            var (first, end) = (tile * rows, Math.Min(m, (tile + 1) * rows));
            for (var j = panels * cut / cuts * PanelB; j < panels * (cut + 1) / cuts * PanelB; j += PanelB)
            {
                for (var i = first; i < end; i += PanelA)
                {
                    // All blocks of the span one after another, while this piece of C is near.
                    for (var block = 0; block < a.Length; block += BlockK)
                    {
                        MultiplyTile(
                            a.At(block, i), b.At(block, j), c.At(row + i, column + j), c.Ldc, Math.Min(BlockK, a.Length - block),
                            Math.Min(PanelA, end - i), Math.Min(PanelB, n - j), c.Accumulate || continues || block > 0);
                    }
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

    private static int Padded(int lanes, int width) => (lanes + width - 1) / width * width;

    /// <summary>
    /// Lanes of an operand over a part of k of <paramref name="length"/>, packed: for each block along k the panels one after another, each
    /// [block, <paramref name="width"/>].
    /// </summary>
    /// <param name="lanes">Lanes in memory, padded to whole panels.</param>
    /// <param name="firstLane">Lane that <see cref="At"/> counts from.</param>
    private readonly struct Panels(float* data, int width, int lanes, int firstLane, int length)
    {
        public readonly int Length = length;

        public float* At(int block, int lane) => data + (long)block * lanes + (long)(firstLane + lane) * Math.Min(BlockK, Length - block);

        /// <summary>Packs lanes [from, to); the operand's own begin at <paramref name="origin"/>, its k at <paramref name="start"/>.</summary>
        public void Pack(Operand operand, int origin, int from, int to, int start)
        {
            for (var block = 0; block < Length; block += BlockK)
            {
                var steps = Math.Min(BlockK, Length - block);
                for (var lane = from; lane < to; lane += width)
                {
                    operand.Pack(origin + lane, Math.Min(width, to - lane), start + block, steps, At(block, lane), width);
                }
            }
        }
    }

    private readonly struct Output(float* c, int ldc, int m, int n, int k, bool accumulate)
    {
        public readonly int Ldc = ldc, M = m, N = n, K = k;
        public readonly bool Accumulate = accumulate;

        public float* At(int row, int column) => c + (long)row * Ldc + column;
    }
}
