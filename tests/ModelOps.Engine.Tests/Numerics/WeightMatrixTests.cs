using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

public sealed unsafe class WeightMatrixTests
{
    [Theory]
    [InlineData(StorageType.F32, 70, 1100, 9)]
    [InlineData(StorageType.BF16, 70, 1100, 9)]
    [InlineData(StorageType.BF16, 96, 1069, 17)] // whole panels, blocks that end within 32 steps
    [InlineData(StorageType.BF16, 1069, 96, 17)]
    [InlineData(StorageType.F16, 520, 64, 5)]
    [InlineData(StorageType.F16, 33, 515, 20)]
    [InlineData(StorageType.Int8, 70, 1100, 9)]
    [InlineData(StorageType.Nf4, 70, 1088, 9)]
    [InlineData(StorageType.Nf4, 33, 515, 20)]
    [InlineData(StorageType.BF16, 4200, 40, 3)]
    [InlineData(StorageType.BF16, 40, 4200, 3)]
    internal void Products_have_the_bits_of_the_expanded_matrix(StorageType type, int rows, int cols, int m)
    {
        using var team = new ThreadTeam(2);
        using var stored = Stored(type, rows, cols);
        using FloatBuffer plain = new((long)rows * cols), wide = Random(m * cols), narrow = Random(m * rows);
        stored.Expand(0, rows, plain.Pointer);
        using FloatBuffer expected = new(m * Math.Max(rows, cols)), actual = new(m * Math.Max(rows, cols));
        using var cached = new WeightMatrix(rows, cols, stored.Elements, null) { CachePanels = true };
        Gemm.MultiplyTransposedB(team, wide.Pointer, cols, plain.Pointer, cols, expected.Pointer, rows, m, rows, cols, false);
        foreach (var w in (WeightMatrix[])[stored, cached, cached])
        {
            Gemm.MultiplyTransposedB(team, wide.Pointer, cols, w, actual.Pointer, rows, m, false);
            Bits.Equal(expected.Span[..(m * rows)], actual.Span[..(m * rows)]);
        }

        Gemm.Multiply(team, narrow.Pointer, rows, plain.Pointer, cols, expected.Pointer, cols, m, cols, rows, false);
        foreach (var w in (WeightMatrix[])[stored, cached, cached])
        {
            Gemm.Multiply(team, narrow.Pointer, rows, w, actual.Pointer, cols, m, false);
            Bits.Equal(expected.Span[..(m * cols)], actual.Span[..(m * cols)]);
        }
    }

    [Fact]
    public void A_row_outside_the_matrix_is_refused()
    {
        using var w = WeightMatrix.FromFloats(2, 3, new float[6]);
        using var row = new FloatBuffer(6);
        Assert.Throws<ArgumentOutOfRangeException>(() => w.Expand(1, 2, row.Pointer));
        Assert.Throws<ArgumentException>(() => WeightMatrix.FromFloats(2, 3, new float[5]));
    }

    private static WeightMatrix Stored(StorageType type, int rows, int cols)
    {
        using var values = Random(rows * cols);
        return Of(type, rows, cols, values.Pointer);
    }

    /// <summary>Values in a storage format, in memory of its own.</summary>
    internal static WeightMatrix Of(StorageType type, int rows, int cols, float* values)
    {
        if (type is StorageType.Int8 or StorageType.Nf4)
        {
            using var team = new ThreadTeam(1);
            return Quantizer.Quantize(team, type, rows, cols, (row, count, destination) =>
                new Span<float>(values + row * cols, count * cols).CopyTo(new Span<float>(destination, count * cols)));
        }

        var memory = new FloatBuffer((long)rows * cols);
        Storage.Narrow(type, values, (byte*)memory.Pointer, (long)rows * cols);
        return new WeightMatrix(rows, cols, type, memory.Pointer, memory);
    }

    private static FloatBuffer Random(int count)
    {
        var random = new Random(count);
        var buffer = new FloatBuffer(count);
        foreach (ref var value in buffer.Span) value = random.NextSingle() * 2 - 1;
        return buffer;
    }
}
