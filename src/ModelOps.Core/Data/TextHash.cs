using System.Buffers.Binary;

namespace ModelOps.Core.Data;

/// <summary>
/// 128 bits of a text, for telling texts apart inside one run: two lanes that fold the 128-bit product of each eight bytes with an odd constant. It never leaves memory; what identifies
/// a row is SHA-256, which takes ten times as long.
/// </summary>
internal static class TextHash
{
    private const ulong First = 0x9E3779B97F4A7C15, Second = 0xC2B2AE3D27D4EB4F;

    public static UInt128 Of(ReadOnlySpan<byte> text)
    {
        ulong a = First ^ (ulong)text.Length, b = Second + (ulong)text.Length;
        ReadOnlySpan<byte> rest = text;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(rest), ref a, ref b);
        }

        ulong tail = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            tail |= (ulong)rest[i] << (8 * i);
        }

        Mix(tail, ref a, ref b);
        Mix(~(ulong)text.Length, ref a, ref b);
        return new UInt128(a, b);
    }

    /// <summary>Of a list of texts: one more of them.</summary>
    /// <param name="before">Of those before it; 0 when it is the first.</param>
    public static UInt128 Join(UInt128 before, UInt128 text)
    {
        (ulong a, ulong b) = (First ^ (ulong)(before >> 64), Second + (ulong)before);
        Mix((ulong)(text >> 64), ref a, ref b);
        Mix((ulong)text, ref a, ref b);
        return new UInt128(a, b);
    }

    private static void Mix(ulong word, ref ulong a, ref ulong b)
    {
        ulong high = Math.BigMul(word ^ a, First, out ulong low);
        a = high ^ low ^ b;
        b = ulong.RotateLeft((b ^ word) * Second, 29) + low;
    }
}
