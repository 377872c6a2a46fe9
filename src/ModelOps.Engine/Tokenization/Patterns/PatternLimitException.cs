namespace ModelOps.Engine.Tokenization.Patterns;

/// <summary>A pattern takes more steps on a text than <see cref="TextPattern.StepLimit"/> allows.</summary>
internal sealed class PatternLimitException() : Exception("the regular expression takes too many steps on this text");
