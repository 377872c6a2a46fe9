namespace ModelOps.Core.Protocol;

/// <summary>What of the embedded engine decides a result; part of every key of the trainer <c>engine</c>.</summary>
public static class EngineIdentity
{
    /// <summary>Raised whenever the same request would give other bytes than before. A new version of the package alone does not raise it.</summary>
    public const int NumericsVersion = 5;
}
