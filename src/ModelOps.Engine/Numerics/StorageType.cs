namespace ModelOps.Engine.Numerics;

/// <summary>How the elements of a <see cref="WeightMatrix"/> lie in memory. Arithmetic is always f32.</summary>
internal enum StorageType
{
    F32,
    BF16,
    F16,

    /// <summary>Codes of <see cref="Numerics.Int8"/>, one scale a row.</summary>
    Int8,

    /// <summary>Codes of <see cref="Numerics.Nf4"/>, one scale for 64 elements.</summary>
    Nf4,
}
