using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Protocol;

/// <summary>The linear layers of a decoder layer that an adapter may target, in PEFT's words, so that a project is refused before anything starts. The engine has the same list.</summary>
public static class TargetModules
{
    public static IReadOnlyList<string> Known { get; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>Null when all are known.</summary>
    public static Diagnostic? Check(IEnumerable<string> modules, SourceLocation at)
        => modules.FirstOrDefault(m => !Known.Contains(m, StringComparer.Ordinal)) is { } module
            ? Unknown($"'{ForeignText.Clean(module, 40)}' is no linear layer that an adapter can target; expected one or more of {string.Join(", ", Known)}") with { Location = at }
            : null;

    public static Diagnostic Unknown(string detail) => Diagnostic.Error("MOPS3052", $"LoraTargetModules names a layer that the model does not have: {detail}.");
}
