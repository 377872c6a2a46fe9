namespace ModelOps.Engine.Numerics;

/// <summary>Conversion between storage formats and f32.</summary>
internal static unsafe class Storage
{
    /// <summary>Exact expansion of <paramref name="count"/> stored elements to f32.</summary>
    public static void Expand(StorageType type, byte* source, float* destination, long count)
    {
        switch (type)
        {
            case StorageType.F32:
                Buffer.MemoryCopy(source, destination, count * sizeof(float), count * sizeof(float));
                break;
            case StorageType.BF16:
                for (long i = 0; i < count; i++) destination[i] = FromBFloat16(((ushort*)source)[i]);
                break;
            case StorageType.F16:
                for (long i = 0; i < count; i++) destination[i] = (float)((Half*)source)[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "unknown storage type");
        }
    }

    /// <summary>Nearest stored value, ties to even.</summary>
    public static void Narrow(StorageType type, float* source, byte* destination, long count)
    {
        switch (type)
        {
            case StorageType.F32:
                Buffer.MemoryCopy(source, destination, count * sizeof(float), count * sizeof(float));
                break;
            case StorageType.BF16:
                for (long i = 0; i < count; i++) ((ushort*)destination)[i] = ToBFloat16(source[i]);
                break;
            case StorageType.F16:
                for (long i = 0; i < count; i++) ((Half*)destination)[i] = (Half)source[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "unknown storage type");
        }
    }

    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40); // Keep it quiet: rounding could carry a NaN into infinity.
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
