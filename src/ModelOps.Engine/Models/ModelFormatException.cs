namespace ModelOps.Engine.Models;

/// <summary>A model or adapter folder whose configuration and weights do not fit together, or that lacks something.</summary>
public sealed class ModelFormatException : ModelFileException
{
    public ModelFormatException(string file, string reason, Exception? inner = null, int line = 0, int column = 0)
        : base(file, reason, line, column, inner)
    {
    }
}
