namespace ModelOps.Engine.Models;

/// <summary>Element type in which weights are written.</summary>
public enum StorageFormat
{
    F32,
    BF16,
    F16,
}
