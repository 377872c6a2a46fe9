namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>A failure at a place in a template's source; <see cref="ChatTemplate"/> gives it the file's name, line and column.</summary>
internal sealed class JinjaException(int offset, string message) : Exception(message)
{
    /// <summary>In UTF-16 units from the start of the source.</summary>
    public int Offset { get; } = offset;

    public bool RaisedByTemplate { get; init; }
}
