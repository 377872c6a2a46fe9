using Microsoft.Win32.SafeHandles;

namespace ModelOps.Engine.Safetensors;

/// <summary>One tensor inside a mapped file. The pointer lives as long as the file is open and has no alignment guarantee.</summary>
public sealed unsafe class SafetensorsTensor
{
    private SafeFileHandle? _file;
    private long _fileOffset;

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
    public byte* Pointer { get; private set; }

    /// <summary>Offset of the data from the end of the header.</summary>
    internal long Begin { get; }

    /// <summary>The data of a tensor below 2 GiB.</summary>
    public ReadOnlySpan<byte> Bytes => new(Pointer, checked((int)ByteLength));

    /// <summary>Reads bytes of the data from <paramref name="offset"/> on past the mapping, so that what is read once does not stay in this process's memory.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_file is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, ByteLength);
        for (int done = 0; done < destination.Length;)
        {
            int read = RandomAccess.Read(_file, destination[done..], _fileOffset + offset + done);
            done += read > 0 ? read : throw new EndOfStreamException($"the file of '{Name}' was cut while it was read");
        }
    }

    internal void Attach(byte* mapping, SafeFileHandle file, long fileOffset)
    {
        Pointer = mapping + fileOffset;
        _file = file;
        _fileOffset = fileOffset;
    }

    internal void Detach()
    {
        Pointer = null;
        _file = null;
    }

    public override string ToString() => $"{Name} {Type.HeaderName()} [{string.Join(", ", Shape)}]";
}
