using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

public sealed unsafe class StorageTests
{
    [Fact]
    public void Every_16_bit_value_expands_exactly_and_returns()
    {
        var stored = new ushort[65536 + 7]; // A tail, too.
        for (var i = 0; i < stored.Length; i++) stored[i] = (ushort)i;
        using var expanded = new FloatBuffer(stored.Length);
        var back = new ushort[stored.Length];
        foreach (var type in (StorageType[])[StorageType.BF16, StorageType.F16])
        {
            fixed (ushort* source = stored, target = back)
            {
                Storage.Expand(type, (byte*)source, expanded.Pointer, stored.Length);
                Storage.Narrow(type, expanded.Pointer, (byte*)target, stored.Length);
            }

            for (var i = 0; i < stored.Length; i++)
            {
                var bits = stored[i];
                var expected = type == StorageType.BF16 ? BitConverter.UInt32BitsToSingle((uint)bits << 16) : (float)BitConverter.UInt16BitsToHalf(bits);
                Assert.True(Bits.Same(expected, expanded.Pointer[i]), $"{type} {bits:X4}");
                if (!float.IsNaN(expected)) Assert.Equal(bits, back[i]);
            }
        }
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)] // Ties go to the even neighbour,
    [InlineData(0x3F818000u, 0x3F82)]
    [InlineData(0x3F808001u, 0x3F81)] // all else to the nearest,
    [InlineData(0x7F7FFFFFu, 0x7F80)] // which above the largest is infinity,
    [InlineData(0x7F800001u, 0x7FC0)] // and a NaN stays one.
    public void Narrowing_to_bfloat16_rounds_to_nearest_even(uint bits, int expected) =>
        Assert.Equal(expected, Storage.ToBFloat16(BitConverter.UInt32BitsToSingle(bits)));
}
