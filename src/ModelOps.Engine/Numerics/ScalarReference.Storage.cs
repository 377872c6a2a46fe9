namespace ModelOps.Engine.Numerics;

internal static unsafe partial class ScalarReference
{
    /// <summary>Elements [first, first + count) in f32.</summary>
    public static void Expand(StoredElements elements, long first, float* destination, long count)
    {
        for (long i = 0; i < count; i++) destination[i] = One(elements, first + i);
    }

    /// <summary>Codes of up to 64 elements in <see cref="Nf4"/>'s layout: how many midpoints between neighbours lie below x / largest. Returns the largest magnitude.</summary>
    public static float QuantizeBlock(float* source, int count, byte* codes)
    {
        var largest = 0f;
        for (var i = 0; i < count; i++) largest = MathF.Max(largest, MathF.Abs(source[i]));
        var divisor = largest > 0 ? largest : 1;
        for (var i = 0; i < (count + 31) / 32 * 32; i++)
        {
            var code = 0;
            for (var v = 0; v < Nf4.Values.Length - 1; v++)
            {
                if ((i < count ? source[i] : 0) / divisor > (Nf4.Values[v] + Nf4.Values[v + 1]) / 2) code++;
            }

            ref var pair = ref codes[i / 32 * 16 + i % 16];
            pair = i % 32 < 16 ? (byte)code : (byte)(pair | (code << 4));
        }

        return largest;
    }

    private static float One(StoredElements elements, long at)
    {
        var data = (byte*)elements.Data;
        return elements.Type switch
        {
            StorageType.F32 => ((float*)data)[at],
            StorageType.BF16 => Storage.FromBFloat16(((ushort*)data)[at]),
            StorageType.F16 => (float)((Half*)data)[at],
            StorageType.Int8 => ((sbyte*)data)[at] * ((float*)elements.Scales)[at / elements.RowLength],
            _ => Nf4.Values[(data[at / 32 * 16 + at % 16] >> (at % 32 < 16 ? 0 : 4)) & 15] * Nf4.Scale((byte*)elements.Scales, at / Nf4.Block),
        };
    }
}
