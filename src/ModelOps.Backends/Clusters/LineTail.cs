using System.Text;

namespace ModelOps.Backends.Clusters;

/// <summary>Whole lines of a file that grows; half a line waits for its end.</summary>
internal sealed class LineTail(string path)
{
    private readonly List<byte> _open = [];
    private long _read;

    /// <summary>Lines that have come since the last call.</summary>
    public IReadOnlyList<string> Next()
    {
        var lines = new List<string>();
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = _read;
            byte[] block = new byte[1 << 16];
            for (int count; (count = file.Read(block)) > 0; _read += count)
            {
                Split(block.AsSpan(0, count), lines);
            }
        }
        catch (IOException)
        {
            // Not there yet, or the file system hesitates: next time.
        }

        return lines;
    }

    /// <summary>What stands behind the last line break, once no more can come.</summary>
    public string? Rest()
    {
        string rest = Encoding.UTF8.GetString([.. _open]);
        _open.Clear();
        return rest.Length > 0 ? rest : null;
    }

    // A bar of progress overwrites itself with carriage returns: each of its states is a line.
    private void Split(ReadOnlySpan<byte> bytes, List<string> lines)
    {
        foreach (byte b in bytes)
        {
            if (b is not ((byte)'\n' or (byte)'\r'))
            {
                _open.Add(b);
            }
            else if (_open.Count > 0)
            {
                lines.Add(Encoding.UTF8.GetString([.. _open]));
                _open.Clear();
            }
        }
    }
}
