namespace ModelOps.Engine.ChatTemplates;

/// <param name="Text">What the template printed.</param>
/// <param name="Generations">The parts inside <c>{% generation %}</c>, in UTF-16 units of the text, in order; end exclusive.</param>
public sealed record RenderedText(string Text, IReadOnlyList<(int Start, int End)> Generations);
