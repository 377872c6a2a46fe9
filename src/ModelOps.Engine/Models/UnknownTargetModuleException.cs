namespace ModelOps.Engine.Models;

/// <summary>A LoRA target that names no linear layer of the architecture.</summary>
public sealed class UnknownTargetModuleException : ArgumentException
{
    public UnknownTargetModuleException(string module, IReadOnlyList<string> known)
        : base($"'{module}' is no linear layer that an adapter can target; expected one or more of {string.Join(", ", known)}")
    {
        Module = module;
        Known = known;
    }

    /// <summary>The name that matched nothing; empty where no name was given.</summary>
    public string Module { get; }

    public IReadOnlyList<string> Known { get; }
}
