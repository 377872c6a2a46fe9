namespace ModelOps.Engine.Numerics;

/// <summary>Quantises a matrix a few rows at a time, so that no more of it is ever in memory at full width.</summary>
internal static unsafe class Quantizer
{
    // A multiple of a block's elements whatever the row length, so that a part begins where a block does.
    private const int RowsPerPart = Nf4.Block;

    /// <summary>Writes rows [row, row + count) as f32 [count, cols]; called from several threads.</summary>
    public delegate void RowSource(int row, int count, float* destination);

    /// <summary>The matrix in <paramref name="type"/>: a function of its values alone, for any number of threads.</summary>
    /// <exception cref="NotFiniteNumberException">An element is infinite or not a number.</exception>
    public static WeightMatrix Quantize(ThreadTeam team, StorageType type, int rows, int cols, RowSource source) => type switch
    {
        StorageType.Nf4 => ToNf4(team, rows, cols, source),
        StorageType.Int8 => ToInt8(team, rows, cols, source),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no quantised storage type"),
    };

    private static WeightMatrix ToNf4(ThreadTeam team, int rows, int cols, RowSource source)
    {
        long count = (long)rows * cols, codeBytes = Aligned(Nf4.CodeBytes(count));
        var memory = Allocate(codeBytes + Nf4.ScaleBytes(count));
        var codes = (byte*)memory.Pointer;
        using var largest = new FloatBuffer(Nf4.Blocks(count));
        ForParts(team, rows, cols, source, (row, height, values) =>
        {
            long first = (long)row * cols, length = (long)height * cols;
            for (long at = 0; at < length; at += Nf4.Block)
            {
                largest.Pointer[(first + at) / Nf4.Block] =
                    Finite(Nf4.QuantizeBlock(values + at, (int)Math.Min(Nf4.Block, length - at), codes + (first + at) / 2));
            }
        });
        Nf4.QuantizeScales(largest.Pointer, largest.Length, codes + codeBytes);
        return new WeightMatrix(rows, cols, new StoredElements(StorageType.Nf4, (nint)codes, (nint)(codes + codeBytes), cols), memory);
    }

    private static WeightMatrix ToInt8(ThreadTeam team, int rows, int cols, RowSource source)
    {
        var codeBytes = Aligned((long)rows * cols);
        var memory = Allocate(codeBytes + (long)rows * sizeof(float));
        var codes = (sbyte*)memory.Pointer;
        var scales = (float*)(codes + codeBytes);
        ForParts(team, rows, cols, source, (row, height, values) =>
        {
            for (var i = 0; i < height; i++)
                scales[row + i] = Finite(Int8.QuantizeRow(values + (long)i * cols, cols, codes + (long)(row + i) * cols));
        });
        return new WeightMatrix(rows, cols, new StoredElements(StorageType.Int8, (nint)codes, (nint)scales, cols), memory);
    }

    private static void ForParts(ThreadTeam team, int rows, int cols, RowSource source, RowSource quantize) =>
        team.For((rows + RowsPerPart - 1) / RowsPerPart, part =>
        {
            int row = part * RowsPerPart, height = Math.Min(RowsPerPart, rows - row);
            using var values = new FloatBuffer((long)height * cols, zeroed: false);
            source(row, height, values.Pointer);
            quantize(row, height, values.Pointer);
        });

    private static FloatBuffer Allocate(long bytes) => new((bytes + sizeof(float) - 1) / sizeof(float));

    private static long Aligned(long bytes) => (bytes + 63) & ~63L;

    private static float Finite(float scale) =>
        float.IsFinite(scale) ? scale : throw new NotFiniteNumberException("it holds an element that is infinite or not a number");
}
