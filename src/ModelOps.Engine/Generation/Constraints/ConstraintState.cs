namespace ModelOps.Engine.Generation.Constraints;

/// <summary>Where to return to when a part ends, and how deeply it is nested.</summary>
internal sealed record StackFrame(StackFrame? Parent, int ReturnTo, int Depth, int Id);

/// <summary>One way in which what was written so far can be read.</summary>
internal readonly record struct Configuration(int State, StackFrame? Stack)
{
    internal int Depth => Stack?.Depth ?? 0;
}

/// <summary>All ways in which what was written so far can be read; equal sets are one object, so what is found out about it is kept.</summary>
internal sealed class ConstraintState(Configuration[] configurations, bool accepts)
{
    internal Configuration[] Configurations => configurations;

    /// <summary>The document is complete.</summary>
    internal bool Accepts => accepts;

    /// <summary>Nothing can follow.</summary>
    internal bool IsFinal => configurations.Length == 0;

    /// <summary>Nothing that begins like this is a document.</summary>
    internal bool IsDead => IsFinal && !accepts;

    /// <summary>The state behind each byte, as far as it was asked for.</summary>
    internal ConstraintState?[] Next { get; } = new ConstraintState?[256];

    /// <summary>The tokens that can follow, once asked for.</summary>
    internal TokenSet? Tokens { get; set; }
}
