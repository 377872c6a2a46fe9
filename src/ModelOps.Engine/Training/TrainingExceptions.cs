namespace ModelOps.Engine.Training;

/// <summary>Training stopped because the numbers went wrong. What the weights are now is of no use; the checkpoint, where a folder is set, is of weights that were good.</summary>
public sealed class TrainingDivergedException : Exception
{
    public TrainingDivergedException(int step, double loss, double gradientNorm, string reason)
        : base($"step {step}: {reason} (loss {loss:G6}, gradient norm {gradientNorm:G6}); a lower learning rate or more warm-up may help")
    {
        Step = step;
        Loss = loss;
        GradientNorm = gradientNorm;
    }

    /// <summary>The one-based step whose update was not applied.</summary>
    public int Step { get; }

    public double Loss { get; }

    public double GradientNorm { get; }
}

/// <summary>A training or validation row that cannot be trained on.</summary>
public sealed class TrainingDataException : Exception
{
    public TrainingDataException(string set, int row, string reason)
        : base($"{set} row {row}: {reason}")
    {
        Set = set;
        Row = row;
    }

    /// <summary><c>training</c>, <c>validation</c> or <c>scored</c>.</summary>
    public string Set { get; }

    /// <summary>Zero-based index into the rows as they were given; -1 where the whole set is meant.</summary>
    public int Row { get; }
}

/// <summary>A checkpoint that cannot be continued from.</summary>
public sealed class CheckpointException : ModelFileException
{
    public CheckpointException(string file, string reason, Exception? inner = null)
        : base(file, reason, inner: inner)
    {
    }
}
