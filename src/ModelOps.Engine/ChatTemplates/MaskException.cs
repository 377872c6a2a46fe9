namespace ModelOps.Engine.ChatTemplates;

/// <summary>A conversation for which it cannot be proved which tokens are the assistant's.</summary>
public sealed class MaskException(string reason) : Exception(reason);
