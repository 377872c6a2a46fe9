namespace ModelOps.Engine.Training;

/// <summary>
/// One checkpoint per folder, replaced as a whole: the history so far, then parameters, first and second moments, and the best weights
/// where a run keeps them (f32). The random state needs no place: order and dropout are functions of seed, epoch and step; nor do early
/// stopping and the choice of the best, which are functions of the history.
/// </summary>
internal sealed class CheckpointFile
{
    internal const string FileName = "checkpoint.bin";
    private const int Version = 2;
    private readonly string _path;
    private readonly RunFile _file;

    internal CheckpointFile(string folder, byte[] identity)
    {
        _path = Path.Combine(folder, FileName);
        _file = new RunFile(_path, "MOPSCKPT", Version, identity);
    }

    internal void Write(TrainingHistory history, IStepArithmetic arithmetic) => _file.Write(writer =>
    {
        history.Write(writer);
        arithmetic.Write(writer);
    });

    /// <summary>False where there is no checkpoint.</summary>
    /// <exception cref="CheckpointException">It cannot be continued from.</exception>
    internal bool TryRead(TrainingHistory history, IStepArithmetic arithmetic) => _file.TryRead(reader =>
    {
        history.Read(reader);
        try
        {
            arithmetic.Read(reader);
        }
        catch (InvalidDataException e)
        {
            throw new CheckpointException(_path, e.Message, e);
        }
    });

    internal void Delete() => File.Delete(_path);
}
