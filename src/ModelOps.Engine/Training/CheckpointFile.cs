using System.Buffers.Binary;
using System.Security.Cryptography;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>
/// One checkpoint per folder, replaced as a whole: magic, version, identity of the run (32 bytes), steps and epochs so far, then
/// parameters, first and second moments (f32), then SHA-256 over all before it. The random state needs no place: order and dropout are
/// functions of seed, epoch and step.
/// </summary>
internal sealed unsafe class CheckpointFile
{
    internal const string FileName = "checkpoint.bin";
    private const int Version = 1;
    private const int HashSize = 32;
    private readonly string _path;
    private readonly byte[] _identity;

    internal CheckpointFile(string folder, byte[] identity)
    {
        _path = Path.Combine(folder, FileName);
        _identity = identity;
    }

    private static ReadOnlySpan<byte> Magic => "MOPSCKPT"u8;

    internal void Write(FloatBuffer parameters, Optimizer optimizer, List<TrainingStep> steps, List<TrainingEpoch> epochs)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        string temporary = $"{_path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                using var sha = SHA256.Create();
                using (var hashed = new CryptoStream(file, sha, CryptoStreamMode.Write, leaveOpen: true))
                using (var writer = new BinaryWriter(hashed))
                {
                    WriteHistory(writer, steps, epochs);
                    foreach (var buffer in new[] { parameters, optimizer.First, optimizer.Second })
                        WriteBuffer(writer, buffer);
                }

                file.Write(sha.Hash!);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, _path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>False where there is no checkpoint.</summary>
    internal bool TryRead(FloatBuffer parameters, Optimizer optimizer, List<TrainingStep> steps, List<TrainingEpoch> epochs)
    {
        if (!File.Exists(_path))
            return false;
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read);
        CheckDigest(file);
        using var reader = new BinaryReader(file);
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
            throw new CheckpointException(_path, "this is no checkpoint; delete it to start afresh");
        int version = reader.ReadInt32();
        if (version != Version)
            throw new CheckpointException(_path, $"the checkpoint has version {version}; this engine reads {Version}. Delete it to start afresh");
        if (!reader.ReadBytes(HashSize).AsSpan().SequenceEqual(_identity))
            throw new CheckpointException(_path, "the checkpoint belongs to a run with other settings, rows or weights; delete it to start afresh");
        ReadHistory(reader, steps, epochs);
        foreach (var buffer in new[] { parameters, optimizer.First, optimizer.Second })
            ReadBuffer(reader, buffer);
        return true;
    }

    private void WriteHistory(BinaryWriter writer, List<TrainingStep> steps, List<TrainingEpoch> epochs)
    {
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(_identity);
        writer.Write(steps.Count);
        foreach (var step in steps)
        {
            writer.Write(step.Loss);
            writer.Write(step.LearningRate);
            writer.Write(step.GradientNorm);
            writer.Write(step.Tokens);
            writer.Write(step.ScoredTokens);
        }

        writer.Write(epochs.Count);
        foreach (var epoch in epochs)
        {
            writer.Write(epoch.Epoch);
            writer.Write(epoch.Step);
            writer.Write(epoch.TrainingLoss);
            writer.Write(epoch.ValidationLoss ?? double.NaN);
        }
    }

    private static void ReadHistory(BinaryReader reader, List<TrainingStep> steps, List<TrainingEpoch> epochs)
    {
        for (int i = reader.ReadInt32(); i > 0; i--)
            steps.Add(new TrainingStep(reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadInt32(), reader.ReadInt32()));
        for (int i = reader.ReadInt32(); i > 0; i--)
        {
            int epoch = reader.ReadInt32(), step = reader.ReadInt32();
            double training = reader.ReadDouble(), validation = reader.ReadDouble();
            epochs.Add(new TrainingEpoch(epoch, step, training, double.IsNaN(validation) ? null : validation));
        }
    }

    private static void WriteBuffer(BinaryWriter writer, FloatBuffer buffer)
    {
        writer.Write(buffer.Length);
        const int Chunk = 1 << 20;
        for (long at = 0; at < buffer.Length; at += Chunk)
            writer.Write(new ReadOnlySpan<byte>(buffer.Pointer + at, (int)Math.Min(Chunk, buffer.Length - at) * sizeof(float)));
    }

    private void ReadBuffer(BinaryReader reader, FloatBuffer buffer)
    {
        long length = reader.ReadInt64();
        if (length != buffer.Length)
            throw new CheckpointException(_path, $"a buffer has {length} numbers; expected {buffer.Length}");
        const int Chunk = 1 << 20;
        for (long at = 0; at < buffer.Length; at += Chunk)
            reader.BaseStream.ReadExactly(new Span<byte>(buffer.Pointer + at, (int)Math.Min(Chunk, buffer.Length - at) * sizeof(float)));
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
            throw new CheckpointException(_path, "the checkpoint is damaged; delete it to start afresh");
        file.Position = 0;
    }
}
