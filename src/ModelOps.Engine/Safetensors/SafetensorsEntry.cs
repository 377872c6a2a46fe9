using System.Runtime.InteropServices;

namespace ModelOps.Engine.Safetensors;

/// <summary>A tensor to be written: <paramref name="Write"/> puts its row-major, little-endian bytes on the stream.</summary>
public sealed record SafetensorsEntry(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    public long ByteLength => Shape.Aggregate((long)Type.ElementSize(), (product, dimension) => checked(product * dimension));

    public static SafetensorsEntry FromFloats(string name, IReadOnlyList<long> shape, ReadOnlyMemory<float> values) =>
        new(name, SafetensorsType.F32, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)));

    public static SafetensorsEntry FromBytes(string name, SafetensorsType type, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes) =>
        new(name, type, shape, stream => stream.Write(bytes.Span));

    /// <summary>The memory behind <paramref name="pointer"/> must stay until the file is written.</summary>
    public static unsafe SafetensorsEntry FromPointer(string name, SafetensorsType type, IReadOnlyList<long> shape, void* pointer)
    {
        var entry = new SafetensorsEntry(name, type, shape, static _ => { });
        long length = entry.ByteLength;
        byte* start = (byte*)pointer;
        return entry with
        {
            Write = stream =>
            {
                const int Chunk = 1 << 24;
                for (long at = 0; at < length; at += Chunk)
                    stream.Write(new ReadOnlySpan<byte>(start + at, (int)Math.Min(Chunk, length - at)));
            },
        };
    }
}
