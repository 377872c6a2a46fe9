namespace ModelOps.Engine.Models;

/// <summary>A model that is well-formed but asks for something that this engine does not compute.</summary>
public sealed class UnsupportedModelException : ModelFileException
{
    public UnsupportedModelException(string file, string option, string value, string expected)
        : base(file, $"'{option}' is {value}; supported: {expected}")
    {
        Option = option;
        Value = value;
    }

    /// <summary>The key of <c>config.json</c>, such as <c>model_type</c>.</summary>
    public string Option { get; }

    /// <summary>Its value as JSON.</summary>
    public string Value { get; }
}
