using System.Security.Cryptography;

namespace ModelOps.Engine.Training;

/// <summary>
/// A file of a run that is whole or not there: magic (8 bytes), version, identity of the run (32 bytes), a body, then SHA-256 over all
/// before it. Written beside its place, flushed and renamed.
/// </summary>
internal sealed class RunFile(string path, string magic, int version, byte[] identity)
{
    private const int HashSize = 32;

    internal void Write(Action<BinaryWriter> body)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                using var sha = SHA256.Create();
                using (var hashed = new CryptoStream(file, sha, CryptoStreamMode.Write, leaveOpen: true))
                using (var writer = new BinaryWriter(hashed))
                {
                    writer.Write(System.Text.Encoding.ASCII.GetBytes(magic));
                    writer.Write(version);
                    writer.Write(identity);
                    body(writer);
                }

                file.Write(sha.Hash!);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>False where there is no such file.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or of another version or another run.</exception>
    internal bool TryRead(Action<BinaryReader> body)
    {
        if (!File.Exists(path))
            return false;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        CheckDigest(file);
        using var reader = new BinaryReader(file);
        if (!reader.ReadBytes(magic.Length).AsSpan().SequenceEqual(System.Text.Encoding.ASCII.GetBytes(magic)))
            throw new CheckpointException(path, "this is no file of a training run; delete it to start afresh");
        int found = reader.ReadInt32();
        if (found != version)
            throw new CheckpointException(path, $"the checkpoint has version {found}; this engine reads {version}. Delete it to start afresh");
        if (!reader.ReadBytes(HashSize).AsSpan().SequenceEqual(identity))
            throw new CheckpointException(path, "the checkpoint belongs to a run with other settings, rows or weights; delete it to start afresh");
        body(reader);
        return true;
    }

    private void CheckDigest(FileStream file)
    {
        long body = file.Length - HashSize;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var chunk = new byte[1 << 16];
        while (file.Position < body)
        {
            int read = file.Read(chunk, 0, (int)Math.Min(chunk.Length, body - file.Position));
            hash.AppendData(chunk, 0, read);
        }

        var expected = new byte[HashSize];
        if (body < 0 || file.ReadAtLeast(expected, HashSize, throwOnEndOfStream: false) < HashSize || !hash.GetHashAndReset().AsSpan().SequenceEqual(expected))
            throw new CheckpointException(path, "the checkpoint is damaged; delete it to start afresh");
        file.Position = 0;
    }
}
