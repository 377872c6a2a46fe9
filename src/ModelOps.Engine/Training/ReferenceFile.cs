using System.Security.Cryptography;

namespace ModelOps.Engine.Training;

/// <summary>Log-probabilities of the reference, kept beside the checkpoint so that a run that continues does not compute them again.</summary>
internal sealed class ReferenceFile
{
    internal const string FileName = "reference.bin";
    private readonly RunFile _file;

    internal ReferenceFile(string folder, byte[] run, TrainingRows validation)
    {
        // A run's identity leaves out validation rows that decide nothing; this file holds numbers of them.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(run);
        validation.AppendTo(hash);
        _file = new RunFile(Path.Combine(folder, FileName), "MOPSREFS", 1, hash.GetHashAndReset());
    }

    internal void Write(double[] training, double[] validation) => _file.Write(writer =>
    {
        foreach (double value in training.Concat(validation))
            writer.Write(value);
    });

    /// <summary>Null where there is none of this run: then it is computed again, which is all that it costs.</summary>
    internal (double[] Training, double[] Validation)? TryRead(int training, int validation)
    {
        var values = new double[training + validation];
        try
        {
            return _file.TryRead(reader =>
            {
                for (int i = 0; i < values.Length; i++)
                    values[i] = reader.ReadDouble();
            }) ? (values[..training], values[training..]) : null;
        }
        catch (CheckpointException)
        {
            return null;
        }
    }
}
