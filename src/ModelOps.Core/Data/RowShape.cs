namespace ModelOps.Core.Data;

/// <summary>What a row teaches.</summary>
public enum RowShape
{
    /// <summary>Messages, the last of which is the answer to learn or to compare with.</summary>
    Conversation,

    /// <summary>A prompt, an answer that is preferred and one that is not.</summary>
    Preference,
}

/// <summary>The words that people know the shapes by.</summary>
public static class RowShapes
{
    public static string Plural(this RowShape shape) => shape == RowShape.Preference ? "preference pairs" : "conversations";
}
