namespace ModelOps.Engine.Numerics;

/// <summary>How the elements of a <see cref="WeightMatrix"/> lie in memory. Arithmetic is always f32.</summary>
internal enum StorageType
{
    F32,
    BF16,
    F16,
}
