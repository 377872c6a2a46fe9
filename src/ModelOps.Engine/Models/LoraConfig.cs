namespace ModelOps.Engine.Models;

/// <summary>What <c>adapter_config.json</c> says, in PEFT's words.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank of the update.</summary>
    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    /// <summary>Training-time dropout; kept for the record.</summary>
    public double Dropout { get; init; }

    public bool UseRsLora { get; init; }

    /// <summary>Names of linear layers, in the order of the computation.</summary>
    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Name of the base model; lineage only.</summary>
    public string? BaseModelName { get; init; }

    /// <summary>Factor of the update.</summary>
    public double Scale => Alpha / (UseRsLora ? Math.Sqrt(Rank) : Rank);

    internal static void CheckTargets(IReadOnlyList<string> modules)
    {
        if (modules.Count == 0)
            throw new UnknownTargetModuleException("", LlamaWeightNames.LinearModules);
        foreach (string module in modules)
        {
            if (!LlamaWeightNames.LinearModules.Contains(module, StringComparer.Ordinal))
                throw new UnknownTargetModuleException(module, LlamaWeightNames.LinearModules);
        }
    }
}
