namespace ModelOps.Core.Artifacts;

/// <summary>Whole files or none: written beside the target under a temporary name, flushed to the disk, renamed over the target.</summary>
public static class AtomicFile
{
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = TemporaryName(path);
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public static void Write(string path, ReadOnlyMemory<byte> bytes) => Write(path, stream => stream.Write(bytes.Span));

    /// <summary>Leaves the file and its time stamp alone when it has these bytes already. True when it was written.</summary>
    public static bool WriteIfDifferent(string path, ReadOnlyMemory<byte> bytes)
    {
        if (File.Exists(path) && new FileInfo(path).Length == bytes.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes.Span))
        {
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Write(path, bytes);
        return true;
    }

    internal static string TemporaryName(string path) => $"{path}.{Environment.ProcessId:x}-{Guid.NewGuid():n}.tmp";
}
