namespace ModelOps.Core.Artifacts;

/// <summary>Whole files or none: written beside the target under a temporary name, flushed to the disk, renamed over the target.</summary>
public static class AtomicFile
{
    public static void Write(string path, Action<Stream> write) => Write(path, TemporaryName(path), write, _ => true);

    public static void Write(string path, ReadOnlyMemory<byte> bytes) => Write(path, stream => stream.Write(bytes.Span));

    /// <summary>For content that is too large to hold: written beside the file, which is left alone when it has these bytes already. True when it was written.</summary>
    /// <param name="durable">False for what a build can make again and knows by its stamp: whole or none for every reader, but not flushed to the disk, which for a large file takes longer than making it.</param>
    public static bool WriteIfDifferent(string path, Action<Stream> write, bool durable = true)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return Write(path, TemporaryName(path), write, durable: durable, wanted: temporary => Differ(path, temporary));
    }

    /// <summary>Whether a file is absent or has other bytes than another one.</summary>
    internal static bool Differ(string path, string other)
        => !File.Exists(path) || new FileInfo(path).Length != new FileInfo(other).Length || Digest.OfFile(path) != Digest.OfFile(other);

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

    /// <summary>Makes <paramref name="path"/> the file's content as it is now: a second name of it where the file system allows, else a copy. For files that are replaced and never rewritten.</summary>
    public static void Keep(string existing, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = TemporaryName(path);
        try
        {
            if (!HardLink.TryCreate(existing, temporary))
            {
                File.Copy(existing, temporary);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            // Renaming one of two names of a file over the other leaves both (POSIX).
            File.Delete(temporary);
        }
    }

    /// <param name="temporary">On the same file system as <paramref name="path"/>.</param>
    /// <param name="wanted">Asked about the complete temporary file before it takes its place.</param>
    internal static bool Write(string path, string temporary, Action<Stream> write, Func<string, bool> wanted, bool durable = true)
    {
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: durable);
            }

            if (wanted(temporary))
            {
                File.Move(temporary, path, overwrite: true);
                FolderFlush.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
                return true;
            }

            File.Delete(temporary);
            return false;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    internal static string TemporaryName(string path) => $"{path}.{Environment.ProcessId:x}-{Guid.NewGuid():n}.tmp";
}
