using System.Security.Cryptography;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Artifacts;

/// <summary>Files by SHA-256 under <c>cas/ab/abcdef…</c>, read-only. New ones are made under <c>tmp/</c> and renamed.</summary>
internal sealed class BlobStore(string root, IStageLog log)
{
    /// <summary>Files from this size on are placed as hard links; below it a copy costs nothing and may be written to.</summary>
    public const long LinkFrom = 16L << 20;

    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromHours(1);
    private int _swept;

    public string PathOf(Digest digest) => Path.Combine(root, "cas", digest.Hex[..2], digest.Hex);

    /// <summary>Takes a file into the store and returns what it is.</summary>
    /// <param name="adopt">A hard link instead of a copy, where one is possible: the source becomes read-only.</param>
    public (Digest Digest, long Size) Put(string source, bool adopt, CancellationToken cancellation)
    {
        try
        {
            return StoreWrite.Repeat(() => PutOnce(source, adopt, cancellation));
        }
        catch (Exception e) when (StoreWrite.IsFailure(e))
        {
            throw new DiagnosticException(StoreErrors.NotWritable(root, e.Message), e);
        }
    }

    private (Digest Digest, long Size) PutOnce(string source, bool adopt, CancellationToken cancellation)
    {
        using FileStream input = Open(source);
        string temporary = NewTemporary();
        try
        {
            (Digest digest, long size) = adopt && input.Length >= LinkFrom && HardLink.TryCreate(source, temporary)
                ? Adopt(temporary)
                : CopyAndHash(input, source, temporary, cancellation);
            Keep(temporary, digest, size);
            return (digest, size);
        }
        finally
        {
            ModelStore.Drop(temporary);
        }
    }

    /// <summary>The path of a temporary file of the store; leftovers of killed processes are swept on the first call.</summary>
    public string NewTemporary()
    {
        string folder = Path.Combine(root, "tmp");
        Directory.CreateDirectory(folder);
        SweepOnce(folder);
        return Path.Combine(folder, $"{Environment.ProcessId:x}-{Guid.NewGuid():n}");
    }

    /// <summary>Whether the blob is there with exactly these bytes; one that is not is dropped, with a warning.</summary>
    public bool Verify(StoredFile file)
    {
        string path = PathOf(file.Digest);
        string? damage = Damage(path, file);
        if (damage is null)
        {
            return true;
        }

        log.Report(StoreErrors.DamagedBlob(path, $"{file.Path}: {damage}"));
        ModelStore.Drop(path);
        return false;
    }

    /// <summary>Makes the blob appear at a path: a hard link (then read-only) or a copy of its own, which shares its blocks where the file system can (reflink).</summary>
    public void Place(StoredFile file, string path)
    {
        string blob = PathOf(file.Digest);
        if (file.Size >= LinkFrom && HardLink.TryCreate(blob, path))
        {
            return;
        }

        File.Copy(blob, path, overwrite: false);
        SetWritable(path);
        using Microsoft.Win32.SafeHandles.SafeFileHandle output = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(output);
    }

    // Before it is hashed: from then on nobody who asks the system may write to it.
    private static (Digest Digest, long Size) Adopt(string temporary)
    {
        SetReadOnly(temporary);
        using (Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(temporary))
        {
            RandomAccess.FlushToDisk(file);
        }

        return (Digest.OfFile(temporary), new FileInfo(temporary).Length);
    }

    private static FileStream Open(string source)
    {
        try
        {
            return new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(StoreErrors.CannotRead(source, e.Message), e);
        }
    }

    private static (Digest Digest, long Size) CopyAndHash(FileStream input, string source, string temporary, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream output = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        byte[] buffer = new byte[1 << 20];
        long size = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int read;
            try
            {
                read = input.Read(buffer);
            }
            catch (IOException e)
            {
                throw new DiagnosticException(StoreErrors.CannotRead(source, e.Message), e);
            }

            if (read == 0)
            {
                break;
            }

            hash.AppendData(buffer, 0, read);
            output.Write(buffer, 0, read);
            size += read;
        }

        output.Flush(flushToDisk: true);
        return (Digest.FromBytes(hash.GetHashAndReset()), size);
    }

    private void Keep(string temporary, Digest digest, long size)
    {
        string path = PathOf(digest);
        // A whole blob stays: others may have it as a hard link. A damaged one is replaced.
        if (File.Exists(path))
        {
            if (Damage(path, new StoredFile("", digest, size)) is null)
            {
                return;
            }

            ModelStore.Drop(path);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SetReadOnly(temporary);
        try
        {
            File.Move(temporary, path, overwrite: false);
            FolderFlush.Flush(Path.GetDirectoryName(path)!);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster; content has only one name.
            ModelStore.Drop(temporary);
        }
    }

    /// <summary>What is wrong with a stored file, or null.</summary>
    public static string? Damage(string path, StoredFile file)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
            {
                return "it is missing";
            }

            return info.Length != file.Size ? $"it has {info.Length} bytes instead of {file.Size}"
                : Digest.OfFile(path) != file.Digest ? "its content changed"
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static void SetWritable(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            File.SetAttributes(path, FileAttributes.Normal);
        }
        else
        {
            File.SetUnixFileMode(path, ReadOnly | UnixFileMode.UserWrite);
        }
    }

    private static void SetReadOnly(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            File.SetAttributes(path, FileAttributes.ReadOnly);
        }
        else
        {
            File.SetUnixFileMode(path, ReadOnly);
        }
    }

    // Whatever is old enough belongs to nobody: a put of the largest file takes minutes.
    private void SweepOnce(string temporaries)
    {
        if (Interlocked.Exchange(ref _swept, 1) != 0)
        {
            return;
        }

        foreach (string path in Directory.GetFiles(temporaries))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > s_abandonedAfter)
            {
                ModelStore.Drop(path);
            }
        }
    }
}
