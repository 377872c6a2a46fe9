using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ModelOps.Core.Data;

/// <summary>
/// Bounds the memory of a set: what exceeds the budget goes to a temporary file, block by block, the rows of a block in order, so that
/// the whole set is put in order by one merge of its blocks. The file has no name any more once it is open, where the system allows that.
/// </summary>
internal sealed class RowSpill(string? folder, long budget)
{
    private readonly Lock _lock = new();
    private SafeFileHandle? _file;
    private long _held;
    private long _written;

    public bool IsUsed => _file is not null;

    /// <summary>Keeps a block's rows, in memory or in the file; true when they went to the file, and the memory is free again.</summary>
    /// <param name="sort">The set is put in order by merging, so a block in the file must be in order.</param>
    public bool Take(RowBlock block, bool sort)
    {
        ReadOnlyMemory<byte> canonical = block.Source.Memory;
        long offset;
        SafeFileHandle file;
        lock (_lock)
        {
            if (_held + canonical.Length <= budget)
            {
                _held += canonical.Length;
                return false;
            }

            file = _file ??= Open();
            offset = _written;
            _written += canonical.Length;
        }

        if (sort)
        {
            CanonicalOrder.Sort(block.Rows);
        }

        byte[] ordered = ArrayPool<byte>.Shared.Rent(canonical.Length);
        int at = 0;
        foreach (Row row in block.Rows)
        {
            canonical.Span.Slice(row.Start, row.Length).CopyTo(ordered.AsSpan(at));
            row.Start = at;
            at += row.Length;
        }

        RandomAccess.Write(file, ordered.AsSpan(0, at), offset);
        ArrayPool<byte>.Shared.Return(ordered);
        block.Source.MoveTo(file, offset);
        return true;
    }

    private SafeFileHandle Open()
    {
        string directory = folder ?? Path.GetTempPath();
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, $"rows-{Guid.NewGuid():n}.tmp");
        SafeFileHandle file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.Delete(path); // A process that is killed leaves nothing behind.
        }

        return file;
    }
}
