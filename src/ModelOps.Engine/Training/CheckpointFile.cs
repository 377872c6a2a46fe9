using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>
/// One checkpoint per folder, replaced as a whole: the history so far, then parameters, first and second moments, and the best weights
/// where a run keeps them (f32). The random state needs no place: order and dropout are functions of seed, epoch and step; nor do early
/// stopping and the choice of the best, which are functions of the history.
/// </summary>
internal sealed unsafe class CheckpointFile
{
    internal const string FileName = "checkpoint.bin";
    private const int Version = 2;
    private const int Chunk = 1 << 20;
    private readonly string _path;
    private readonly RunFile _file;

    internal CheckpointFile(string folder, byte[] identity)
    {
        _path = Path.Combine(folder, FileName);
        _file = new RunFile(_path, "MOPSCKPT", Version, identity);
    }

    internal void Write(TrainingHistory history, IEnumerable<FloatBuffer> buffers) => _file.Write(writer =>
    {
        history.Write(writer);
        foreach (var buffer in buffers)
            WriteBuffer(writer, buffer);
    });

    /// <summary>False where there is no checkpoint.</summary>
    internal bool TryRead(TrainingHistory history, IEnumerable<FloatBuffer> buffers) => _file.TryRead(reader =>
    {
        history.Read(reader);
        foreach (var buffer in buffers)
            ReadBuffer(reader, buffer);
    });

    internal void Delete() => File.Delete(_path);

    private static void WriteBuffer(BinaryWriter writer, FloatBuffer buffer)
    {
        writer.Write(buffer.Length);
        for (long at = 0; at < buffer.Length; at += Chunk)
            writer.Write(new ReadOnlySpan<byte>(buffer.Pointer + at, (int)Math.Min(Chunk, buffer.Length - at) * sizeof(float)));
    }

    private void ReadBuffer(BinaryReader reader, FloatBuffer buffer)
    {
        long length = reader.ReadInt64();
        if (length != buffer.Length)
            throw new CheckpointException(_path, $"a buffer has {length} numbers; expected {buffer.Length}");
        for (long at = 0; at < buffer.Length; at += Chunk)
            reader.BaseStream.ReadExactly(new Span<byte>(buffer.Pointer + at, (int)Math.Min(Chunk, buffer.Length - at) * sizeof(float)));
    }
}
