namespace ModelOps.Engine.Safetensors;

/// <summary>One tensor inside a mapped file. The pointer lives as long as the file is open and has no alignment guarantee.</summary>
public sealed unsafe class SafetensorsTensor
{
    internal SafetensorsTensor(string name, SafetensorsType type, IReadOnlyList<long> shape, long begin, long end)
    {
        Name = name;
        Type = type;
        Shape = shape;
        Begin = begin;
        ByteLength = end - begin;
    }

    public string Name { get; }

    public SafetensorsType Type { get; }

    /// <summary>Outermost dimension first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    public long ElementCount => ByteLength / Type.ElementSize();

    public long ByteLength { get; }

    /// <summary>First byte of the row-major, little-endian data.</summary>
    public byte* Pointer { get; internal set; }

    /// <summary>Offset of the data from the end of the header.</summary>
    internal long Begin { get; }

    /// <summary>The data of a tensor below 2 GiB.</summary>
    public ReadOnlySpan<byte> Bytes => new(Pointer, checked((int)ByteLength));

    public override string ToString() => $"{Name} {Type.HeaderName()} [{string.Join(", ", Shape)}]";
}
