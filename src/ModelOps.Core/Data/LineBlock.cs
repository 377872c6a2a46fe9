using System.Buffers;
using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>Some whole lines of a file.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FirstLine">Number of the first line, from 1.</param>
internal sealed record LineBlock(int File, int FirstLine, ReadOnlyMemory<byte> Text)
{
    /// <summary>The rented array that holds the text; nobody's any more once the lines are parsed.</summary>
    public byte[]? Buffer { get; init; }
}

/// <summary>Cuts a file into blocks at line ends; a line longer than a block makes the block grow.</summary>
internal sealed class LineBlockReader : IDisposable
{
    private const int BlockSize = 1 << 20;
    private readonly FileStream _stream;
    private readonly int _file;
    private readonly string _path;
    private byte[] _rest = [];
    private bool _first = true;
    private bool _ended;

    private LineBlockReader(FileStream stream, int file, string path) => (_stream, _file, _path) = (stream, file, path);

    /// <summary>The line at which the next block starts.</summary>
    public int Line { get; private set; } = 1;

    public long Bytes { get; private set; }

    public static LineBlockReader? TryOpen(string path, int file, out Diagnostic? problem)
    {
        problem = null;
        try
        {
            return new LineBlockReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan), file, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            problem = DataErrors.Unreadable(new SourceLocation(path), ForeignText.Clean(e.Message));
            return null;
        }
    }

    /// <summary>The next block; null at the end, or with a problem when reading failed.</summary>
    public LineBlock? Next(out Diagnostic? problem)
    {
        problem = null;
        try
        {
            return Read(out problem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = DataErrors.Unreadable(new SourceLocation(_path), ForeignText.Clean(e.Message));
            return null;
        }
    }

    public void Dispose() => _stream.Dispose();

    private LineBlock? Read(out Diagnostic? problem)
    {
        problem = null;
        if (_ended)
        {
            return null;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(NextSize, _rest.Length * 2));
        _rest.CopyTo(buffer, 0);
        int filled = _rest.Length;
        while (true)
        {
            int read = _stream.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
            Bytes += read;
            filled += read;
            bool end = filled < buffer.Length;
            int cut = end ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            if (cut > 0 || end)
            {
                _rest = buffer[cut..filled];
                _ended = end;
                return filled == 0 ? null : Cut(buffer, cut, out problem);
            }

            if (buffer.Length > Array.MaxLength / 2)
            {
                problem = DataErrors.Unreadable(new SourceLocation(_path, Line), "a line is longer than 1 GiB.");
                return null;
            }

            byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
            buffer.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
    }

    /// <summary>A block, or less for what is left of a small file: a folder of a thousand files is not to cost a thousand blocks. One byte more than is left shows the end.</summary>
    private int NextSize => _stream.CanSeek ? (int)Math.Clamp(_stream.Length - _stream.Position + _rest.Length + 1, 1, BlockSize) : BlockSize;

    private LineBlock? Cut(byte[] buffer, int length, out Diagnostic? problem)
    {
        problem = null;
        ReadOnlyMemory<byte> text = buffer.AsMemory(0, length);
        if (_first && text.Span.StartsWith("version https://git-lfs.github.com/spec/"u8))
        {
            problem = DataErrors.LfsPointer(new SourceLocation(_path, 1));
            return null;
        }

        if (_first && text.Span.StartsWith(Encoding.UTF8.Preamble))
        {
            text = text[Encoding.UTF8.Preamble.Length..];
        }

        _first = false;
        var block = new LineBlock(_file, Line, text) { Buffer = buffer };
        Line += text.Span.Count((byte)'\n');
        return block;
    }
}
