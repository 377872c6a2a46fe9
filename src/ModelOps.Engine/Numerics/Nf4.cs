using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Four-bit NormalFloat with double quantisation (Dettmers et al., 2023, arXiv:2305.14314). Blocks of 64 elements share their largest
/// magnitude; an element is the nearest of 16 quantiles of the normal distribution times that. The magnitudes, less their mean, are int8
/// in blocks of 256 with an f32 step.
/// </summary>
/// <remarks>
/// In memory only, so the layout is the vector code's: 32 elements are 16 bytes, byte j holding element j in its low half and element j + 16 in its
/// high half. Scales: the mean (f32), then for each 256 blocks the step (f32) and 256 codes. 4.127 bits an element.
/// </remarks>
internal static unsafe class Nf4
{
    /// <summary>Elements that share a scale.</summary>
    public const int Block = 64;

    /// <summary>Scales that share a step.</summary>
    public const int ScaleBlock = 256;

    private const int Group = 32;
    private const int ScaleRecord = sizeof(float) + ScaleBlock;
    private const int LargestScaleCode = 127;

    /// <summary>The 16 values of appendix E of the paper, ascending.</summary>
    public static ReadOnlySpan<float> Values =>
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    ];

    public static long CodeBytes(long count) => (count + Group - 1) / Group * (Group / 2);

    public static long ScaleBytes(long count) => sizeof(float) + (Blocks(count) + ScaleBlock - 1) / ScaleBlock * ScaleRecord;

    public static long Blocks(long count) => (count + Block - 1) / Block;

    /// <summary>Codes of up to 64 elements; returns their largest magnitude, not finite where one of them is not.</summary>
    public static float QuantizeBlock(float* source, int count, byte* codes)
    {
        var padded = stackalloc float[Block];
        new Span<float>(source, count).CopyTo(new Span<float>(padded, Block));
        new Span<float>(padded + count, Block - count).Clear();
        var largest = 0f;
        for (var i = 0; i < count; i++) largest = MathF.Max(largest, MathF.Abs(padded[i]));
        var divisor = Vector512.Create(largest > 0 ? largest : 1);
        var indices = stackalloc int[Group];
        for (var group = 0; group < count; group += Group, codes += Group / 2)
        {
            Nearest(Vector512.Load(padded + group) / divisor).Store(indices);
            Nearest(Vector512.Load(padded + group + Group / 2) / divisor).Store(indices + Group / 2);
            for (var j = 0; j < Group / 2; j++) codes[j] = (byte)(indices[j] | (indices[j + Group / 2] << 4));
        }

        return largest;
    }

    /// <summary>The second quantisation: magnitudes of all blocks to <paramref name="scales"/>.</summary>
    public static void QuantizeScales(float* largest, long blocks, byte* scales)
    {
        double sum = 0;
        for (long b = 0; b < blocks; b++) sum += largest[b];
        var mean = (float)(sum / blocks);
        *(float*)scales = mean;
        for (long start = 0; start < blocks; start += ScaleBlock)
        {
            var record = scales + sizeof(float) + start / ScaleBlock * ScaleRecord;
            var count = (int)Math.Min(ScaleBlock, blocks - start);
            var furthest = 0f;
            for (var i = 0; i < count; i++) furthest = MathF.Max(furthest, MathF.Abs(largest[start + i] - mean));
            var step = furthest / LargestScaleCode;
            *(float*)record = step;
            for (var i = 0; i < ScaleBlock; i++)
                ((sbyte*)record)[sizeof(float) + i] = i < count && step > 0 ? (sbyte)Math.Clamp(MathF.Round((largest[start + i] - mean) / step), -LargestScaleCode, LargestScaleCode) : (sbyte)0;
        }
    }

    /// <summary>A block's scale: mean + step · code with one rounding, never negative.</summary>
    public static float Scale(byte* scales, long block)
    {
        var record = scales + sizeof(float) + block / ScaleBlock * ScaleRecord;
        float code = ((sbyte*)record)[sizeof(float) + block % ScaleBlock];
        return MathF.Max(0, MathF.FusedMultiplyAdd(*(float*)record, code, *(float*)scales));
    }

    /// <summary>Elements [first, first + count) as f32.</summary>
    public static void Expand(byte* codes, byte* scales, long first, float* destination, long count)
    {
        var end = first + count;
        while (first < end)
        {
            var scale = Scale(scales, first / Block);
            if (first % Group == 0 && end - first >= Group)
            {
                ExpandGroup(codes + first / 2, scale, destination);
                first += Group;
                destination += Group;
                continue;
            }

            var stop = Math.Min(end, (first / Group + 1) * Group);
            for (; first < stop; first++) *destination++ = One(codes, first) * scale;
        }
    }

    private static float One(byte* codes, long element)
    {
        int within = (int)(element % Group), pair = codes[element / Group * (Group / 2) + within % (Group / 2)];
        return Values[within < Group / 2 ? pair & 15 : pair >> 4];
    }

    private static void ExpandGroup(byte* codes, float scale, float* destination)
    {
        fixed (float* values = Values)
        {
            if (Avx512F.IsSupported)
            {
                var table = Vector512.Load(values);
                var pairs = Avx512F.ConvertToVector512UInt32(Vector128.Load(codes)).AsInt32(); // The permutation looks at four bits only.
                (Avx512F.PermuteVar16x32(table, pairs) * Vector512.Create(scale)).Store(destination);
                (Avx512F.PermuteVar16x32(table, pairs >> 4) * Vector512.Create(scale)).Store(destination + Group / 2);
            }
            else if (Avx2.IsSupported)
            {
                for (var half = 0; half < Group / 2; half += 8)
                {
                    var pairs = Avx2.ConvertToVector256Int32(codes + half);
                    (Look(values, pairs) * Vector256.Create(scale)).Store(destination + half);
                    (Look(values, pairs >> 4) * Vector256.Create(scale)).Store(destination + Group / 2 + half);
                }
            }
            else
            {
                for (var i = 0; i < Group; i++) destination[i] = One(codes, i) * scale;
            }
        }
    }

    // Three bits choose in each half of the table, the fourth, moved to the sign, chooses the half.
    private static Vector256<float> Look(float* values, Vector256<int> index) => Avx.BlendVariable(
        Avx2.PermuteVar8x32(Vector256.Load(values), index), Avx2.PermuteVar8x32(Vector256.Load(values + 8), index), (index << 28).AsSingle());

    // The number of midpoints between neighbours that x exceeds: at a midpoint, the lower value.
    private static Vector512<int> Nearest(Vector512<float> x)
    {
        var index = Vector512<int>.Zero;
        for (var i = 0; i < Values.Length - 1; i++)
            index -= Vector512.GreaterThan(x, Vector512.Create((Values[i] + Values[i + 1]) / 2)).AsInt32();
        return index;
    }
}
