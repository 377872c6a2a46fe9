namespace ModelOps.Engine;

/// <summary>A file of a model (weights, tokenizer, template, configuration) that cannot be used as it is.</summary>
public abstract class ModelFileException : Exception
{
    protected ModelFileException(string file, string reason, int line = 0, int column = 0, Exception? inner = null)
        : base(line > 0 ? $"{file}({line},{column}): {reason}" : $"{file}: {reason}", inner)
    {
        File = file;
        Reason = reason;
        Line = line;
        Column = column;
    }

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }

    /// <summary>What was found and what was expected, without the file's name.</summary>
    public string Reason { get; }

    /// <summary>One-based; 0 where the failure has no position.</summary>
    public int Line { get; }

    /// <summary>One-based; 0 where the failure has no position.</summary>
    public int Column { get; }
}
