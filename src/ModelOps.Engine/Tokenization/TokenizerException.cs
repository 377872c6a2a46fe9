namespace ModelOps.Engine.Tokenization;

/// <summary>A tokenizer that is malformed or that asks for a component the engine does not have.</summary>
public sealed class TokenizerException : ModelFileException
{
    public TokenizerException(string file, string reason, Exception? inner = null)
        : base(file, reason, inner: inner)
    {
    }
}
