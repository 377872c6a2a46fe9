namespace ModelOps.Engine.ChatTemplates;

/// <summary>A conversation as the model reads it.</summary>
/// <param name="Text">What the template printed.</param>
/// <param name="Tokens">Its tokens, without any beyond the template's own.</param>
/// <param name="IsAssistant">For each token: the assistant wrote it, the end of its turn included.</param>
public sealed record RenderedConversation(string Text, int[] Tokens, bool[] IsAssistant);
