namespace ModelOps.Engine.ChatTemplates;

/// <summary>A chat template that cannot be read, that fails on a conversation, or that proves no loss mask.</summary>
public sealed class ChatTemplateException : ModelFileException
{
    public ChatTemplateException(string file, string reason, int line = 0, int column = 0, Exception? inner = null)
        : base(file, reason, line, column, inner)
    {
    }

    /// <summary>The template itself refused the conversation with <c>raise_exception</c>; the conversation is wrong, not the template.</summary>
    public bool RaisedByTemplate { get; init; }
}
