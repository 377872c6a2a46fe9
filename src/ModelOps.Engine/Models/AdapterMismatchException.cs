namespace ModelOps.Engine.Models;

/// <summary>An adapter that would not, or not wholly, take effect on the model it was opened for.</summary>
public sealed class AdapterMismatchException : ModelFileException
{
    public AdapterMismatchException(string file, string reason)
        : base(file, reason)
    {
    }

    /// <summary>It fits, and all of it is zero: the model would answer as without it.</summary>
    public bool ChangesNothing { get; init; }
}
