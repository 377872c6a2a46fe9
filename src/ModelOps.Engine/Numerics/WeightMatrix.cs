namespace ModelOps.Engine.Numerics;

/// <summary>
/// A frozen weight in its storage format, [Rows, Cols] row-major, that is [out, in] for a linear layer. The bytes belong to
/// <c>owner</c> (a memory-mapped file, a buffer), which lives as long as the matrix.
/// </summary>
internal sealed unsafe class WeightMatrix : IDisposable
{
    private readonly object? _owner;
    private readonly FloatBuffer?[] _panels = new FloatBuffer?[(int)PanelUse.Decoding + 1];

    /// <param name="rows">Outputs of a linear layer, entries of an embedding.</param>
    /// <param name="cols">Inputs of a linear layer, width of an embedding.</param>
    /// <param name="type">Storage format.</param>
    /// <param name="data">rows × cols elements; no alignment is needed.</param>
    /// <param name="owner">What keeps <paramref name="data"/> valid; referenced, and disposed with the matrix if it is a <see cref="FloatBuffer"/>.</param>
    public WeightMatrix(int rows, int cols, StorageType type, void* data, object? owner)
        : this(rows, cols, new StoredElements(type, (nint)data, RowLength: cols), owner)
    {
    }

    public WeightMatrix(int rows, int cols, StoredElements elements, object? owner)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(cols, 1);
        Rows = rows;
        Cols = cols;
        Elements = elements;
        _owner = owner;
    }

    /// <summary>An f32 matrix over its own copy of <paramref name="values"/>.</summary>
    public static WeightMatrix FromFloats(int rows, int cols, ReadOnlySpan<float> values)
    {
        if (values.Length != (long)rows * cols) throw new ArgumentException($"expected {rows} x {cols} values, got {values.Length}");
        var buffer = new FloatBuffer(values.Length, zeroed: false);
        values.CopyTo(buffer.Span);
        return new WeightMatrix(rows, cols, StorageType.F32, buffer.Pointer, buffer);
    }

    public int Rows { get; }

    public int Cols { get; }

    public StoredElements Elements { get; }

    public StorageType Type => Elements.Type;

    /// <summary>The elements as they are stored, or their codes.</summary>
    public byte* Data => (byte*)Elements.Data;

    public bool IsQuantized => Elements.IsQuantized;

    /// <summary>Bytes of an element that is not quantised.</summary>
    public int ElementSize => Storage.SizeOf(Type);

    /// <summary>Bytes of <see cref="Data"/>.</summary>
    public long DataLength => Type switch
    {
        StorageType.Nf4 => Nf4.CodeBytes((long)Rows * Cols),
        StorageType.Int8 => (long)Rows * Cols,
        _ => (long)Rows * Cols * ElementSize,
    };

    /// <summary>Bytes of a quantised matrix's scales.</summary>
    public long ScalesLength => Type switch
    {
        StorageType.Nf4 => Nf4.ScaleBytes((long)Rows * Cols),
        StorageType.Int8 => (long)Rows * sizeof(float),
        _ => 0,
    };

    /// <summary>Whether a product keeps the panels it packed: 4 bytes an element and direction, 2 for decoding, worth it where few rows are multiplied at a time.</summary>
    public bool CachePanels { get; set; }

    /// <summary>A row that is not quantised.</summary>
    public byte* Row(int row) => Data + (long)row * Cols * ElementSize;

    /// <summary>Writes rows [row, row + count) as f32 to <paramref name="destination"/> [count, Cols]. Exact but for quantised formats, whose values are code · scale, rounded.</summary>
    public void Expand(int row, int count, float* destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row + count, Rows);
        Elements.Expand((long)row * Cols, destination, (long)count * Cols);
    }

    /// <summary>The kept panels of one kind, packed at the first call.</summary>
    public FloatBuffer Panels(PanelUse use, Func<WeightMatrix, FloatBuffer> pack)
    {
        ref var kept = ref _panels[(int)use];
        if (Volatile.Read(ref kept) is { } panels) return panels;
        var packed = pack(this);
        if (Interlocked.CompareExchange(ref kept, packed, null) is not { } earlier) return packed;
        packed.Dispose(); // Another thread was first.
        return earlier;
    }

    /// <summary>Forgets kept panels, and keeps none from now on. Nobody may be multiplying by this matrix.</summary>
    public void ReleasePanels()
    {
        CachePanels = false;
        foreach (var panels in _panels) panels?.Dispose();
        Array.Clear(_panels);
    }

    public void Dispose()
    {
        ReleasePanels();
        (_owner as FloatBuffer)?.Dispose();
    }
}

/// <summary>What panels of a weight are for.</summary>
internal enum PanelUse
{
    /// <summary>x·Wᵀ of many rows.</summary>
    Forward,

    /// <summary>x·W of many rows.</summary>
    Backward,

    /// <summary>x·Wᵀ of rows that decode, in the order of dot products.</summary>
    Decoding,
}
