using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Layers;

public sealed unsafe class TileProductTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_element_is_one_chain_whatever_the_tile(bool accumulate)
    {
        using var a = Random(80 * 80, 1);
        using var b = Random(80 * 80, 2);
        using var start = Random(80 * 80, 3);
        using var c = new FloatBuffer(80 * 80);
        foreach (int m in new[] { 1, 2, 3, 4, 7, 8, 13, 14, 21 })
        {
            foreach (int n in new[] { 1, 5, 8, 16, 31, 32, 48, 65, 77 })
            {
                foreach (int k in new[] { 1, 2, 17, 64 })
                {
                    Check(a.Pointer, 80, 1, b.Pointer, start, c, m, n, k, accumulate);
                    Check(a.Pointer, 1, 80, b.Pointer, start, c, m, n, k, accumulate);
                }
            }
        }
    }

    private static void Check(float* a, nint aRow, nint aStep, float* b, FloatBuffer start, FloatBuffer c, int m, int n, int k, bool accumulate)
    {
        const int Stride = 79;
        using var blocks = new FloatBuffer(96 * k);
        for (int i = 0; i < n * k; i++)
            blocks.Pointer[i / k / 32 * (32 * k) + i % k * 32 + i / k % 32] = b[i % k * 80 + i / k];
        start.Span.CopyTo(c.Span);
        TileProduct.Multiply(a, aRow, aStep, blocks.Pointer, 32, c.Pointer, Stride, m, n, k, accumulate, 32 * k);
        float[] ofBlocks = c.Span.ToArray();
        start.Span.CopyTo(c.Span);
        TileProduct.Multiply(a, aRow, aStep, b, 80, c.Pointer, Stride, m, n, k, accumulate);
        Assert.Equal(c.Span.ToArray(), ofBlocks);
        for (int i = 0; i < 80; i++)
        {
            for (int j = 0; j < Stride; j++)
            {
                float expected = start.Span[i * Stride + j];
                if (i < m && j < n)
                {
                    expected = accumulate ? expected : 0;
                    for (int p = 0; p < k; p++)
                        expected = MathF.FusedMultiplyAdd(a[i * aRow + p * aStep], b[p * 80 + j], expected);
                }

                if (BitConverter.SingleToInt32Bits(expected) != BitConverter.SingleToInt32Bits(c.Span[i * Stride + j]))
                    Assert.Fail($"m {m} n {n} k {k}: [{i},{j}] is {c.Span[i * Stride + j]}, expected {expected}");
            }
        }
    }

    private static FloatBuffer Random(int count, ulong stream)
    {
        var random = new CounterRandom(1, stream);
        var buffer = new FloatBuffer(count);
        for (int i = 0; i < count; i++)
            buffer.Pointer[i] = (float)random.Normal((ulong)i);
        return buffer;
    }
}
