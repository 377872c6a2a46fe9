namespace ModelOps.Engine.Numerics;

/// <summary>Where the elements of a weight lie, row-major, and what turns them into f32.</summary>
/// <param name="Data">Elements, or codes of a quantised format.</param>
/// <param name="Scales">Scales of a quantised format, in the layout of <see cref="Int8"/> or <see cref="Nf4"/>.</param>
/// <param name="RowLength">Elements of a row.</param>
internal readonly unsafe record struct StoredElements(StorageType Type, nint Data, nint Scales = 0, int RowLength = 0)
{
    public bool IsQuantized => Type is StorageType.Int8 or StorageType.Nf4;

    /// <summary>Writes elements [first, first + count) as f32. The same element gives the same bits wherever a call begins.</summary>
    public void Expand(long first, float* destination, long count)
    {
        switch (Type)
        {
            case StorageType.Int8: Int8.Expand((sbyte*)Data, (float*)Scales, RowLength, first, destination, count); break;
            case StorageType.Nf4: Nf4.Expand((byte*)Data, (byte*)Scales, first, destination, count); break;
            default: Storage.Expand(Type, (byte*)Data + first * Storage.SizeOf(Type), destination, count); break;
        }
    }
}
