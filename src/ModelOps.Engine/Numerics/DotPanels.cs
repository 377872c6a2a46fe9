using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Dot products of several rows with a weight that was packed once, each in the order of <see cref="Kernels.Dot"/>. Outputs lie along vectors: what a dot
/// product sums in one of its 16 lanes is then a product of matrices a sixteenth as deep, and the 16 of them are added as <see cref="Lanes.Fold"/> adds lanes.
/// The same chains and the same additions as in <see cref="DotTile"/>, but none across a vector.
/// </summary>
/// <remarks>
/// A panel of a weight holds 32 outputs: [8 pairs of lanes, cols / 16, 2 lanes, 16] words, each the bf16 of output j in its lower half and of output 16 + j
/// in its upper one. A panel of x holds 4 rows: [8 pairs of lanes, cols / 16, 2 lanes, 4] floats. Missing outputs are zero, missing rows copies of the
/// last one; columns are continued to whole lanes with -0 in x and 0 in the weight, whose product leaves any sum as it is.
/// </remarks>
internal static unsafe class DotPanels
{
    public const int Rows = 4;
    public const int Outputs = 32;

    /// <summary>Floats that <see cref="Multiply"/> needs for its sums: those that wait for another one, at most three at a time.</summary>
    public const int SumsLength = 3 * Rows * Outputs;

    private const int Pairs = Lanes.Count / 2;
    private const int Words = Outputs / 2;
    private const int Line = 64; // bytes that a cache reads at a time

    /// <summary>
    /// A fold first adds lanes i and i + 8, a pair; then pairs i and i + 4, i + 2, i + 1. Computed in this order, each sum but the last is soon added to
    /// another. It is its own inverse: three bits reversed.
    /// </summary>
    private static ReadOnlySpan<byte> PairOrder => [0, 4, 2, 6, 1, 5, 3, 7];

    /// <summary>Whether this weight keeps panels of this kind, here.</summary>
    public static bool Takes(WeightMatrix w) => w.CachePanels && w.Type == StorageType.BF16 && Vector512.IsHardwareAccelerated && Sse.IsSupported;

    /// <summary>The weight's panels, one after another.</summary>
    public static uint* Of(WeightMatrix w) => (uint*)w.Panels(PanelUse.Decoding, Pack).Pointer;

    /// <summary>Words of a weight's panel.</summary>
    public static long WeightLength(int cols) => (long)Words * DotTile.Padded(cols);

    /// <summary>Floats of a panel of x.</summary>
    public static long RowsLength(int cols) => (long)Rows * DotTile.Padded(cols);

    /// <param name="x">[rows, cols] at stride <paramref name="ldx"/>; at most four rows.</param>
    public static void PackRows(float* x, long ldx, int rows, int cols, float* panel)
    {
        float* r0 = x, r1 = x + Math.Min(1, rows - 1) * ldx, r2 = x + Math.Min(2, rows - 1) * ldx, r3 = x + Math.Min(3, rows - 1) * ldx;
        var steps = DotTile.Padded(cols) / Lanes.Count;
        for (var step = 0; step < cols / Lanes.Count; step++, r0 += Lanes.Count, r1 += Lanes.Count, r2 += Lanes.Count, r3 += Lanes.Count)
        {
            PutStep(r0, r1, r2, r3, panel, steps, step);
        }

        var rest = cols % Lanes.Count;
        if (rest == 0) return;
        var last = stackalloc float[Rows * Lanes.Count];
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            (last[lane], last[16 + lane], last[32 + lane], last[48 + lane]) = lane < rest ? (r0[lane], r1[lane], r2[lane], r3[lane]) : (-0f, -0f, -0f, -0f);
        }

        PutStep(last, last + 16, last + 32, last + 48, panel, steps, steps - 1);
    }

    /// <summary>Dot products of some rows with 32 outputs.</summary>
    /// <param name="w">A panel of the weight.</param>
    /// <param name="x">A panel of rows.</param>
    /// <param name="rows">How many count, 1 to 4.</param>
    /// <param name="ahead">What is read next: as many bytes as half the panel are asked for.</param>
    /// <param name="sums">Receives [rows, 32] and is worked in; <see cref="SumsLength"/> floats.</param>
    public static void Multiply(uint* w, float* x, int rows, int cols, float* sums, byte* ahead)
    {
        if (rows <= Rows / 2) Multiply2(w, x, cols, sums, ahead);
        else Multiply4(w, x, cols, sums, ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4(uint* w, float* x, int cols, float* sums, byte* ahead)
    {
        const int Tile = Rows * Outputs; // floats of the sums of a pair of lanes; those that wait lie one behind another
        var steps = (cols + Lanes.Count - 1) / Lanes.Count;
        var upper = Vector512.Create(0xFFFF0000u);
        for (var pair = 0; pair < Pairs; pair++)
        {
            // Lane i in a, lane i + 8 in b.
            Vector512<float> a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default, a30 = default, a31 = default;
            Vector512<float> b00 = default, b01 = default, b10 = default, b11 = default, b20 = default, b21 = default, b30 = default, b31 = default;
            for (var step = steps; step > 0; step--, w += 2 * Words, x += 2 * Rows)
            {
                Sse.Prefetch1(ahead);
                ahead += Line;
                var words = Vector512.Load(w);
                Vector512<float> left = (words << 16).AsSingle(), right = (words & upper).AsSingle(), v = Vector512.Create(x[0]);
                a00 = Vector512.FusedMultiplyAdd(v, left, a00);
                a01 = Vector512.FusedMultiplyAdd(v, right, a01);
                v = Vector512.Create(x[1]);
                a10 = Vector512.FusedMultiplyAdd(v, left, a10);
                a11 = Vector512.FusedMultiplyAdd(v, right, a11);
                v = Vector512.Create(x[2]);
                a20 = Vector512.FusedMultiplyAdd(v, left, a20);
                a21 = Vector512.FusedMultiplyAdd(v, right, a21);
                v = Vector512.Create(x[3]);
                a30 = Vector512.FusedMultiplyAdd(v, left, a30);
                a31 = Vector512.FusedMultiplyAdd(v, right, a31);
                words = Vector512.Load(w + Words);
                (left, right, v) = ((words << 16).AsSingle(), (words & upper).AsSingle(), Vector512.Create(x[4]));
                b00 = Vector512.FusedMultiplyAdd(v, left, b00);
                b01 = Vector512.FusedMultiplyAdd(v, right, b01);
                v = Vector512.Create(x[5]);
                b10 = Vector512.FusedMultiplyAdd(v, left, b10);
                b11 = Vector512.FusedMultiplyAdd(v, right, b11);
                v = Vector512.Create(x[6]);
                b20 = Vector512.FusedMultiplyAdd(v, left, b20);
                b21 = Vector512.FusedMultiplyAdd(v, right, b21);
                v = Vector512.Create(x[7]);
                b30 = Vector512.FusedMultiplyAdd(v, left, b30);
                b31 = Vector512.FusedMultiplyAdd(v, right, b31);
            }

            (a00, a01, a10, a11) = (a00 + b00, a01 + b01, a10 + b10, a11 + b11);
            (a20, a21, a30, a31) = (a20 + b20, a21 + b21, a30 + b30, a31 + b31);
            for (var waiting = pair; (waiting & 1) != 0; waiting >>= 1)
            {
                sums -= Tile;
                (a00, a01, a10, a11) = (Vector512.Load(sums) + a00, Vector512.Load(sums + 16) + a01, Vector512.Load(sums + 32) + a10, Vector512.Load(sums + 48) + a11);
                (a20, a21, a30, a31) = (Vector512.Load(sums + 64) + a20, Vector512.Load(sums + 80) + a21, Vector512.Load(sums + 96) + a30, Vector512.Load(sums + 112) + a31);
            }

            a00.Store(sums);
            a01.Store(sums + 16);
            a10.Store(sums + 32);
            a11.Store(sums + 48);
            a20.Store(sums + 64);
            a21.Store(sums + 80);
            a30.Store(sums + 96);
            a31.Store(sums + 112);
            sums += Tile;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply2(uint* w, float* x, int cols, float* sums, byte* ahead)
    {
        const int Tile = 2 * Outputs;
        var steps = (cols + Lanes.Count - 1) / Lanes.Count;
        var upper = Vector512.Create(0xFFFF0000u);
        for (var pair = 0; pair < Pairs; pair++)
        {
            Vector512<float> a00 = default, a01 = default, a10 = default, a11 = default, b00 = default, b01 = default, b10 = default, b11 = default;
            for (var step = steps; step > 0; step--, w += 2 * Words, x += 2 * Rows)
            {
                Sse.Prefetch1(ahead);
                ahead += Line;
                var words = Vector512.Load(w);
                Vector512<float> left = (words << 16).AsSingle(), right = (words & upper).AsSingle(), v = Vector512.Create(x[0]);
                a00 = Vector512.FusedMultiplyAdd(v, left, a00);
                a01 = Vector512.FusedMultiplyAdd(v, right, a01);
                v = Vector512.Create(x[1]);
                a10 = Vector512.FusedMultiplyAdd(v, left, a10);
                a11 = Vector512.FusedMultiplyAdd(v, right, a11);
                words = Vector512.Load(w + Words);
                (left, right, v) = ((words << 16).AsSingle(), (words & upper).AsSingle(), Vector512.Create(x[4]));
                b00 = Vector512.FusedMultiplyAdd(v, left, b00);
                b01 = Vector512.FusedMultiplyAdd(v, right, b01);
                v = Vector512.Create(x[5]);
                b10 = Vector512.FusedMultiplyAdd(v, left, b10);
                b11 = Vector512.FusedMultiplyAdd(v, right, b11);
            }

            (a00, a01, a10, a11) = (a00 + b00, a01 + b01, a10 + b10, a11 + b11);
            for (var waiting = pair; (waiting & 1) != 0; waiting >>= 1)
            {
                sums -= Tile;
                (a00, a01, a10, a11) = (Vector512.Load(sums) + a00, Vector512.Load(sums + 16) + a01, Vector512.Load(sums + 32) + a10, Vector512.Load(sums + 48) + a11);
            }

            a00.Store(sums);
            a01.Store(sums + 16);
            a10.Store(sums + 32);
            a11.Store(sums + 48);
            sums += Tile;
        }
    }

    private static FloatBuffer Pack(WeightMatrix w)
    {
        var panels = (w.Rows + Outputs - 1) / Outputs;
        var steps = DotTile.Padded(w.Cols) / Lanes.Count;
        var kept = new FloatBuffer(panels * WeightLength(w.Cols), zeroed: false);
        var at = (uint*)kept.Pointer;
        for (var output = 0; output < w.Rows; output += Outputs)
        {
            foreach (var pair in PairOrder)
            {
                for (var col = (int)pair; col < steps * Lanes.Count; col += Pairs)
                {
                    for (var j = 0; j < Words; j++) *at++ = Element(w, output + j, col) | (Element(w, output + Words + j, col) << 16);
                }
            }
        }

        return kept;
    }

    private static uint Element(WeightMatrix w, int row, int col) => row < w.Rows && col < w.Cols ? ((ushort*)w.Row(row))[col] : 0u;

    /// <summary>16 columns of four rows, turned so that a lane's four rows are neighbours.</summary>
    private static void PutStep(float* r0, float* r1, float* r2, float* r3, float* panel, int steps, int step)
    {
        for (var lane = 0; lane < Lanes.Count; lane += Rows, r0 += Rows, r1 += Rows, r2 += Rows, r3 += Rows)
        {
            Vector128<float> s0 = Vector128.Load(r0), s1 = Vector128.Load(r1), s2 = Vector128.Load(r2), s3 = Vector128.Load(r3);
            Vector128<float> a = Sse.UnpackLow(s0, s1), b = Sse.UnpackLow(s2, s3), c = Sse.UnpackHigh(s0, s1), d = Sse.UnpackHigh(s2, s3);
            Sse.MoveLowToHigh(a, b).Store(At(lane));
            Sse.MoveHighToLow(b, a).Store(At(lane + 1));
            Sse.MoveLowToHigh(c, d).Store(At(lane + 2));
            Sse.MoveHighToLow(d, c).Store(At(lane + 3));
        }

        float* At(int lane) => panel + ((PairOrder[lane % Pairs] * steps + step) * 2 + lane / Pairs) * Rows;
    }
}
