using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Eight-bit integers, symmetric, with one f32 scale a row: the row's largest magnitude over 127 (vector-wise quantisation of Dettmers et al., 2022,
/// arXiv:2208.07339, for the weights alone).
/// </summary>
internal static unsafe class Int8
{
    private const int Largest = 127;

    /// <summary>Codes of one row, nearest, ties to even; returns the row's scale, not finite where an element is not.</summary>
    public static float QuantizeRow(float* source, int count, sbyte* codes)
    {
        var largest = 0f;
        for (var i = 0; i < count; i++) largest = MathF.Max(largest, MathF.Abs(source[i]));
        var scale = largest / Largest;
        for (var i = 0; i < count; i++) codes[i] = scale > 0 ? (sbyte)Math.Clamp(MathF.Round(source[i] / scale), -Largest, Largest) : (sbyte)0;
        return scale;
    }

    /// <summary>Elements [first, first + count) of rows of <paramref name="rowLength"/> as f32: code · scale.</summary>
    public static void Expand(sbyte* codes, float* scales, int rowLength, long first, float* destination, long count)
    {
        var end = first + count;
        while (first < end)
        {
            var row = first / rowLength;
            var length = Math.Min(end, (row + 1) * rowLength) - first;
            ExpandRow(codes + first, scales[row], destination, length);
            first += length;
            destination += length;
        }
    }

    private static void ExpandRow(sbyte* codes, float scale, float* destination, long count)
    {
        long i = 0;
        for (; i <= count - 32; i += 32)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(codes + i));
            Store(low, scale, destination + i);
            Store(high, scale, destination + i + 16);
        }

        for (; i < count; i++) destination[i] = codes[i] * scale;
    }

    private static void Store(Vector256<short> codes, float scale, float* destination)
    {
        var (low, high) = Vector256.Widen(codes);
        (Vector256.ConvertToSingle(low) * Vector256.Create(scale)).Store(destination);
        (Vector256.ConvertToSingle(high) * Vector256.Create(scale)).Store(destination + 8);
    }
}
