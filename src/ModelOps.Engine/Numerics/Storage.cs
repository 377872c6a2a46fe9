using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>Conversion between storage formats and f32.</summary>
internal static unsafe class Storage
{
    private const int Step = 32; // 16-bit elements in a 512-bit register.

    public static int SizeOf(StorageType type) => type switch
    {
        StorageType.F32 => sizeof(float),
        StorageType.BF16 or StorageType.F16 => sizeof(ushort),
        _ => throw Unknown(type),
    };

    /// <summary>Exact expansion of <paramref name="count"/> stored elements to f32.</summary>
    public static void Expand(StorageType type, byte* source, float* destination, long count)
    {
        switch (type)
        {
            case StorageType.F32: Unsafe.CopyBlockUnaligned(destination, source, checked((uint)(count * sizeof(float)))); break;
            case StorageType.BF16: ExpandBFloat16((ushort*)source, destination, count); break;
            case StorageType.F16: ExpandHalf((ushort*)source, destination, count); break;
            default: throw Unknown(type);
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
                throw Unknown(type);
        }
    }

    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40); // Keep it quiet: rounding could carry a NaN into infinity.
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExpandBFloat16(ushort* source, float* destination, long count)
    {
        long i = 0;
        for (; i <= count - Step; i += Step)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(source + i));
            (low << 16).AsSingle().Store(destination + i);
            (high << 16).AsSingle().Store(destination + i + Step / 2);
        }

        for (; i < count; i++) destination[i] = FromBFloat16(source[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExpandHalf(ushort* source, float* destination, long count)
    {
        long i = 0;
        for (; i <= count - Step; i += Step)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(source + i));
            FromHalf(low).Store(destination + i);
            FromHalf(high).Store(destination + i + Step / 2);
        }

        for (; i < count; i++) destination[i] = (float)((Half*)source)[i];
    }

    // The 15 bits without the sign, moved to f32's place and scaled by 2^112, which corrects the exponent's bias and normalises subnormals.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FromHalf(Vector512<uint> half)
    {
        var magnitude = (half & Vector512.Create(0x7FFFu)) << 13;
        var finite = (magnitude.AsSingle() * Vector512.Create(5.192296858534828E+33f)).AsUInt32();
        var notFinite = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7C00u << 13));
        var bits = Vector512.ConditionalSelect(notFinite, magnitude | Vector512.Create(0x7F800000u), finite);
        return (bits | (half & Vector512.Create(0x8000u)) << 16).AsSingle();
    }

    private static ArgumentOutOfRangeException Unknown(StorageType type) => new(nameof(type), type, "unknown storage type");
}
