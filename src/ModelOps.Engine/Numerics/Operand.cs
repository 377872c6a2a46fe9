using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// One factor of a product, seen as lanes (rows of A, columns of B) by k, and how it is packed: a panel of <c>width</c> lanes becomes
/// [k, width] in f32, missing lanes zero.
/// </summary>
/// <param name="Elements">Where they lie, and in which format.</param>
/// <param name="Stride">Elements between rows in memory.</param>
/// <param name="KContiguous">Rows in memory are lanes, so packing transposes; otherwise rows in memory are steps of k.</param>
internal readonly unsafe record struct Operand(StoredElements Elements, long Stride, bool KContiguous)
{
    private const int Block = 8;

    public static Operand Of(float* data, long stride, bool kContiguous) => new(new StoredElements(StorageType.F32, (nint)data), stride, kContiguous);

    private bool IsFloat => Elements.Type == StorageType.F32;

    private float* Floats => (float*)Elements.Data;

    public void Pack(int lane, int lanes, int start, int length, float* panel, int width)
    {
        if (!KContiguous) CopyLanes(lane, lanes, start, length, panel, width);
        else if (IsFloat) Transpose(Floats + lane * Stride + start, Stride, lanes, length, panel, width);
        else
        {
            var rows = Scratch.Rows((long)lanes * length);
            for (var i = 0; i < lanes; i++) Elements.Expand((lane + i) * Stride + start, rows + (long)i * length, length);
            Transpose(rows, length, lanes, length, panel, width);
        }
    }

    private void CopyLanes(int lane, int lanes, int start, int length, float* panel, int width)
    {
        if (IsFloat && lanes == width)
        {
            CopyWholeLanes(Floats + start * Stride + lane, length, panel, width);
            return;
        }

        for (var p = 0; p < length; p++, panel += width)
        {
            Elements.Expand((start + p) * Stride + lane, panel, lanes);
            for (var i = lanes; i < width; i++) panel[i] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyWholeLanes(float* source, int length, float* panel, int width)
    {
        for (var p = 0; p < length; p++, source += Stride, panel += width)
        {
            for (var i = 0; i < width; i += Block) Vector256.Load(source + i).Store(panel + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* source, long stride, int lanes, int length, float* panel, int width)
    {
        for (var i = 0; i < width; i += Block)
        {
            var p = 0;
            if (Avx.IsSupported && lanes - i >= Block)
            {
                for (; p <= length - Block; p += Block) TransposeBlock(source + i * stride + p, stride, panel + (long)p * width + i, width);
            }

            for (; p < length; p++)
            {
                for (var lane = i; lane < i + Block; lane++) panel[(long)p * width + lane] = lane < lanes ? source[lane * stride + p] : 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBlock(float* s, long stride, float* d, long width)
    {
        var (r0, r1, r2, r3) = (Vector256.Load(s), Vector256.Load(s + stride), Vector256.Load(s + 2 * stride), Vector256.Load(s + 3 * stride));
        s += 4 * stride;
        var (r4, r5, r6, r7) = (Vector256.Load(s), Vector256.Load(s + stride), Vector256.Load(s + 2 * stride), Vector256.Load(s + 3 * stride));

        // Pairs, then quarters, then halves: after the second step h0 holds columns 0 and 4 of rows 0..3, h4 those of rows 4..7.
        Vector256<float> p0 = Avx.UnpackLow(r0, r1), p1 = Avx.UnpackHigh(r0, r1), p2 = Avx.UnpackLow(r2, r3), p3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> p4 = Avx.UnpackLow(r4, r5), p5 = Avx.UnpackHigh(r4, r5), p6 = Avx.UnpackLow(r6, r7), p7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> h0 = Avx.Shuffle(p0, p2, 0x44), h1 = Avx.Shuffle(p0, p2, 0xEE), h2 = Avx.Shuffle(p1, p3, 0x44), h3 = Avx.Shuffle(p1, p3, 0xEE);
        Vector256<float> h4 = Avx.Shuffle(p4, p6, 0x44), h5 = Avx.Shuffle(p4, p6, 0xEE), h6 = Avx.Shuffle(p5, p7, 0x44), h7 = Avx.Shuffle(p5, p7, 0xEE);
        Avx.Permute2x128(h0, h4, 0x20).Store(d);
        Avx.Permute2x128(h1, h5, 0x20).Store(d += width);
        Avx.Permute2x128(h2, h6, 0x20).Store(d += width);
        Avx.Permute2x128(h3, h7, 0x20).Store(d += width);
        Avx.Permute2x128(h0, h4, 0x31).Store(d += width);
        Avx.Permute2x128(h1, h5, 0x31).Store(d += width);
        Avx.Permute2x128(h2, h6, 0x31).Store(d += width);
        Avx.Permute2x128(h3, h7, 0x31).Store(d + width);
    }
}
