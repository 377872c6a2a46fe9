namespace ModelOps.Engine.ChatTemplates;

/// <summary>
/// It cannot be proved which tokens of a rendered conversation are the assistant's. Training on a guess would teach the model to write
/// the user's part, or never to stop.
/// </summary>
public sealed class UnprovableMaskException : ModelFileException
{
    public UnprovableMaskException(string file, int message, string reason)
        : base(file, $"no loss mask can be proved for message {message}: {reason}. Mark the assistant's part in the template with {{% generation %}}")
    {
        MessageIndex = message;
    }

    /// <summary>Zero-based index of the assistant's message.</summary>
    public int MessageIndex { get; }
}
