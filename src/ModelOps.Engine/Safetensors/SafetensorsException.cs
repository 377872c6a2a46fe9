namespace ModelOps.Engine.Safetensors;

/// <summary>A safetensors file, or the index of a sharded one, that is not what the format allows.</summary>
public sealed class SafetensorsException : ModelFileException
{
    public SafetensorsException(string file, string reason, Exception? inner = null)
        : base(file, reason, inner: inner)
    {
    }
}
