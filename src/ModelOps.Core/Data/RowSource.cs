using Microsoft.Win32.SafeHandles;

namespace ModelOps.Core.Data;

/// <summary>Where the canonical bytes of a block's rows are: in memory, or in a file once the rows of a set are too many to hold.</summary>
internal sealed class RowSource(string file, int fileIndex)
{
    private ReadOnlyMemory<byte> _memory;
    private SafeFileHandle? _spill;
    private long _offset;

    /// <summary>The file that the rows were read from, as it was given.</summary>
    public string File => file;

    /// <summary>Its place among the set's files.</summary>
    public int FileIndex => fileIndex;

    public ReadOnlyMemory<byte> Memory => _memory;

    public bool IsSpilled => _spill is not null;

    /// <summary>By <see cref="Row.Index"/>; empty where nobody asked for them.</summary>
    public RowFacts[] Facts { get; init; } = [];

    /// <summary><see cref="MinHash.Bands"/> keys a row; empty where near duplicates are not looked for.</summary>
    public uint[] Bands { get; init; } = [];

    public void Hold(ReadOnlyMemory<byte> memory) => _memory = memory;

    /// <summary>From now on the bytes are those of the file from <paramref name="offset"/> on.</summary>
    public void MoveTo(SafeFileHandle spill, long offset) => (_memory, _spill, _offset) = (default, spill, offset);

    public ReadOnlyMemory<byte> Read(int start, int length)
    {
        if (_spill is null)
        {
            return _memory.Slice(start, length);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        Read(start, bytes);
        return bytes;
    }

    /// <summary>The bytes without an allocation; valid until <paramref name="buffer"/> is used again.</summary>
    public ReadOnlySpan<byte> Read(int start, int length, ref byte[] buffer)
    {
        if (_spill is null)
        {
            return _memory.Span.Slice(start, length);
        }

        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, 2 * buffer.Length));
        }

        Read(start, buffer.AsSpan(0, length));
        return buffer.AsSpan(0, length);
    }

    /// <summary>As many of the spilled bytes from <paramref name="start"/> on as there are and fit.</summary>
    public int ReadAhead(int start, Span<byte> target) => RandomAccess.Read(_spill!, target, _offset + start);

    /// <summary>As many of the spilled bytes from <paramref name="start"/> on as the target takes.</summary>
    public void Read(int start, Span<byte> target)
    {
        for (int done = 0; done < target.Length;)
        {
            int read = RandomAccess.Read(_spill!, target[done..], _offset + start + done);
            done += read > 0 ? read : throw new IOException("The temporary file of rows is shorter than what was written to it.");
        }
    }
}
