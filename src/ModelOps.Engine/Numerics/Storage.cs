using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>Conversion between storage formats and f32.</summary>
internal static unsafe class Storage
{
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
            case StorageType.F32: Expand<F32>(source, destination, count); break;
            case StorageType.BF16: Expand<BF16>(source, destination, count); break;
            case StorageType.F16: Expand<F16>(source, destination, count); break;
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
    private static void Expand<TStored>(byte* source, float* destination, long count)
        where TStored : struct, IStored
    {
        long i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count) TStored.Load(source + i * TStored.Size).Store(destination + i);
        for (; i < count; i++) destination[i] = TStored.One(source + i * TStored.Size);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Widen16(byte* source)
    {
        var stored = Vector256.Load((ushort*)source);
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512UInt32(stored);
        return Vector512.Create(Vector256.WidenLower(stored), Vector256.WidenUpper(stored));
    }

    private static ArgumentOutOfRangeException Unknown(StorageType type) => new(nameof(type), type, "unknown storage type");

    public readonly struct F32 : IStored
    {
        public static int Size => sizeof(float);

        public static float One(byte* source) => *(float*)source;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(byte* source) => Vector512.Load((float*)source);
    }

    public readonly struct BF16 : IStored
    {
        public static int Size => sizeof(ushort);

        public static float One(byte* source) => FromBFloat16(*(ushort*)source);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(byte* source) => (Widen16(source) << 16).AsSingle();
    }

    public readonly struct F16 : IStored
    {
        public static int Size => sizeof(ushort);

        public static float One(byte* source) => (float)*(Half*)source;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(byte* source) => FromBits(Widen16(source));

        // The 15 bits without the sign, moved to f32's place and scaled by 2^112, which corrects the exponent's bias and normalises subnormals.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> FromBits(Vector512<uint> half)
        {
            var magnitude = (half & Vector512.Create(0x7FFFu)) << 13;
            var finite = (magnitude.AsSingle() * Vector512.Create(5.192296858534828E+33f)).AsUInt32();
            var notFinite = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7C00u << 13));
            var bits = Vector512.ConditionalSelect(notFinite, magnitude | Vector512.Create(0x7F800000u), finite);
            return (bits | (half & Vector512.Create(0x8000u)) << 16).AsSingle();
        }
    }
}
