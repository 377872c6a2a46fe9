using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>Rows of a factor, which are lanes, become the columns of a panel [steps, width].</summary>
internal static unsafe class PanelTranspose
{
    private const int Block = 8;

    // Of bf16: rows and steps that are transposed at once.
    private const int WideRows = 16;
    private const int WideSteps = 32;

    // Sixteen streams are more than a processor's prefetchers follow, so each asks for the line after the next.
    private const int Ahead = 2 * WideSteps * sizeof(ushort);

    /// <summary>Whether <see cref="BFloat16"/> runs here.</summary>
    public static bool IsWide => Avx512F.IsSupported;

    /// <param name="source">Rows of f32 at <paramref name="stride"/> elements.</param>
    /// <param name="lanes">Rows; those missing to <paramref name="width"/> become zeros.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Floats(float* source, long stride, int lanes, int length, float* panel, int width)
    {
        for (var i = 0; i < width; i += Block)
        {
            var p = 0;
            if (Avx.IsSupported && lanes - i >= Block)
            {
                for (; p <= length - Block; p += Block) Square(source + i * stride + p, stride, panel + (long)p * width + i, width);
            }

            for (; p < length; p++)
            {
                for (var lane = i; lane < i + Block; lane++) panel[(long)p * width + lane] = lane < lanes ? source[lane * stride + p] : 0;
            }
        }
    }

    /// <summary>Rows of f32 become columns of a wider matrix: target[p, i] = source[i, p].</summary>
    /// <param name="source">[rows, length] at <paramref name="stride"/> elements.</param>
    /// <param name="width">Elements between rows of the target.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns(float* source, long stride, int rows, int length, float* target, long width)
    {
        var i = 0;
        for (; Avx.IsSupported && length % Block == 0 && i <= rows - Block; i += Block)
        {
            for (var p = 0; p < length; p += Block) Square(source + i * stride + p, stride, target + p * width + i, width);
        }

        for (; i < rows; i++)
        {
            for (var p = 0; p < length; p++) target[p * width + i] = source[i * stride + p];
        }
    }

    /// <param name="source">As many rows of bf16 as the panel is wide, a multiple of 16, at <paramref name="stride"/> elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BFloat16(ushort* source, long stride, int length, float* panel, int width)
    {
        for (var i = 0; i < width; i += WideRows)
        {
            var rows = source + i * stride;
            var p = 0;
            for (; p <= length - WideSteps; p += WideSteps) Pairs((byte*)(rows + p), stride * sizeof(ushort), panel + (long)p * width + i, width);
            for (; p < length; p++)
            {
                for (var lane = 0; lane < WideRows; lane++) panel[(long)p * width + i + lane] = Storage.FromBFloat16(rows[lane * stride + p]);
            }
        }
    }

    /// <summary>16 rows by 32 steps: two steps are transposed as one element of 32 bits, then taken apart by shift and mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pairs(byte* s, long stride, float* d, long width)
    {
        // Four rows at a time to quarters of columns: a vector holds columns c, c + 4, c + 8 and c + 12 of its four rows.
        var quarters = stackalloc Vector512<ulong>[WideRows];
        for (var group = 0; group < 4; group++, s += 4 * stride)
        {
            Vector512<uint> r0 = Vector512.Load((uint*)s), r1 = Vector512.Load((uint*)(s + stride));
            Vector512<uint> r2 = Vector512.Load((uint*)(s + 2 * stride)), r3 = Vector512.Load((uint*)(s + 3 * stride));
            Prefetch(s + Ahead, stride);
            Vector512<ulong> p0 = Avx512F.UnpackLow(r0, r1).AsUInt64(), p1 = Avx512F.UnpackHigh(r0, r1).AsUInt64();
            Vector512<ulong> p2 = Avx512F.UnpackLow(r2, r3).AsUInt64(), p3 = Avx512F.UnpackHigh(r2, r3).AsUInt64();
            quarters[group] = Avx512F.UnpackLow(p0, p2);
            quarters[4 + group] = Avx512F.UnpackHigh(p0, p2);
            quarters[8 + group] = Avx512F.UnpackLow(p1, p3);
            quarters[12 + group] = Avx512F.UnpackHigh(p1, p3);
        }

        for (var c = 0; c < 4; c++)
        {
            var q = quarters + 4 * c;
            Vector512<ulong> a = Avx512F.Shuffle4x128(q[0], q[1], 0x88), b = Avx512F.Shuffle4x128(q[0], q[1], 0xDD);
            Vector512<ulong> e = Avx512F.Shuffle4x128(q[2], q[3], 0x88), f = Avx512F.Shuffle4x128(q[2], q[3], 0xDD);
            PutPair(Avx512F.Shuffle4x128(a, e, 0x88), d + 2 * c * width, width);
            PutPair(Avx512F.Shuffle4x128(b, f, 0x88), d + 2 * (c + 4) * width, width);
            PutPair(Avx512F.Shuffle4x128(a, e, 0xDD), d + 2 * (c + 8) * width, width);
            PutPair(Avx512F.Shuffle4x128(b, f, 0xDD), d + 2 * (c + 12) * width, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* s, long stride)
    {
        Sse.Prefetch0(s);
        Sse.Prefetch0(s + stride);
        Sse.Prefetch0(s + 2 * stride);
        Sse.Prefetch0(s + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutPair(Vector512<ulong> pair, float* d, long width)
    {
        (pair.AsUInt32() << 16).AsSingle().Store(d);
        (pair.AsUInt32() & Vector512.Create(0xFFFF0000u)).AsSingle().Store(d + width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square(float* s, long stride, float* d, long width)
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
