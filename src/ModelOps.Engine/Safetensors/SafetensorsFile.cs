using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace ModelOps.Engine.Safetensors;

/// <summary>A memory-mapped, fully checked safetensors file. Its tensors are valid until it is disposed.</summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;
    private readonly FileStream _stream;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, SafetensorsTensor> _byName;
    private bool _disposed;

    private SafetensorsFile(
        string path, FileStream stream, MemoryMappedFile mapping, MemoryMappedViewAccessor view, byte* start,
        List<SafetensorsTensor> tensors, Dictionary<string, string> metadata, long headerLength)
    {
        Path = path;
        _stream = stream;
        _mapping = mapping;
        _view = view;
        Metadata = metadata;
        foreach (var tensor in tensors)
            tensor.Attach(start, stream.SafeFileHandle, LengthBytes + headerLength + tensor.Begin);
        Tensors = tensors;
        _byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    public string Path { get; }

    /// <summary>In the order of the header.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>The header's <c>__metadata__</c>, such as <c>format = pt</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public bool TryGet(string name, [NotNullWhen(true)] out SafetensorsTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <exception cref="SafetensorsException">The file is missing or malformed; nothing of it stays open.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path))
            throw new SafetensorsException(path, "there is no such file");
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            return Map(path, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static SafetensorsFile Map(string path, FileStream stream)
    {
        long headerLength = ReadHeaderLength(path, stream);
        var mapping = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var view = mapping.CreateViewAccessor(0, stream.Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            var json = new ReadOnlySpan<byte>(start + LengthBytes, (int)headerLength);
            var (tensors, metadata) = SafetensorsHeader.Parse(path, json, stream.Length - LengthBytes - headerLength);
            return new SafetensorsFile(path, stream, mapping, view, start, tensors, metadata, headerLength);
        }
        catch
        {
            Release(view, mapping);
            throw;
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var tensor in Tensors)
            tensor.Detach();
        Release(_view, _mapping);
        _stream.Dispose();
    }

    private static void Release(MemoryMappedViewAccessor view, MemoryMappedFile mapping)
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        mapping.Dispose();
    }

    private static long ReadHeaderLength(string path, FileStream stream)
    {
        Span<byte> head = stackalloc byte[512];
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.StartsWith("version https://git-lfs.github.com/spec/"u8))
            throw new SafetensorsException(path, "this is a Git LFS pointer, not the weights; run 'git lfs pull'");
        if (IsPathText(head, stream.Length))
        {
            string target = Encoding.UTF8.GetString(head).Trim();
            throw new SafetensorsException(path, $"this is the text of a symbolic link to '{target}', not the weights; copy the target here");
        }

        if (head.Length < LengthBytes)
            throw new SafetensorsException(path, $"the file has {head.Length} bytes; a header needs at least {LengthBytes}");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (length > SafetensorsHeader.MaximumLength)
            throw new SafetensorsException(path, $"the header says it has {length} bytes; the format allows {SafetensorsHeader.MaximumLength}");
        if ((long)length > stream.Length - LengthBytes)
            throw new SafetensorsException(path, $"the header says it has {length} bytes, but the file ends after {stream.Length}");
        return (long)length;
    }

    // A checkout without symbolic links leaves one short line such as ../../blobs/4f2a…; a real file has zero bytes in its length.
    private static bool IsPathText(ReadOnlySpan<byte> head, long fileLength)
    {
        var text = head.TrimEnd("\r\n"u8);
        return fileLength == head.Length && text.Length > 0 && text.IndexOfAny((byte)'/', (byte)'\\') >= 0
            && text.IndexOfAnyInRange((byte)0, (byte)31) < 0;
    }
}
