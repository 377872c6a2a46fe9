using System.Runtime.Intrinsics;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

public sealed class PortableMathTests
{
    [Fact]
    public void Single_exponential_is_within_one_ulp_and_the_vector_has_its_bits()
    {
        for (var bits = 0u; bits < 0x42CF_0000; bits += 10007) // Every magnitude up to 103.5.
        {
            foreach (var sign in (uint[])[0, 0x8000_0000])
            {
                var x = BitConverter.UInt32BitsToSingle(bits | sign);
                var y = PortableMath.Exp(x);
                Assert.True(Bits.Same(y, PortableMath.Exp(Vector512.Create(x))[5]), $"exp({x:R})");
                if (x < 88.72f) Assert.True(Ulps(y, Math.Exp(x)) <= 1, $"exp({x:R}) = {y:R}");
            }
        }
    }

    [Fact]
    public void Single_logarithm_sine_and_cosine_are_rounded_once()
    {
        for (var bits = 1u; bits < 0x7F80_0000; bits += 10007)
        {
            var x = BitConverter.UInt32BitsToSingle(bits);
            Assert.True(Ulps(PortableMath.Log(x), Math.Log(x)) <= 0.501, $"log({x:R})");
            if (x > 1e6f) continue;
            Assert.True(Ulps(PortableMath.Sin(x), Math.Sin(x)) <= 0.501, $"sin({x:R})");
            Assert.True(Ulps(PortableMath.Cos(-x), Math.Cos(x)) <= 0.501, $"cos({x:R})");
        }
    }

    [Fact]
    public void Double_functions_are_within_two_ulps()
    {
        var random = new Random(1);
        for (var i = 0; i < 200_000; i++)
        {
            var x = (random.NextDouble() - 0.5) * 1400;
            Near(Math.Exp(x), PortableMath.Exp(x), $"exp({x:R})");
            var positive = BitConverter.Int64BitsToDouble((long)(random.NextDouble() * 0x7FF0_0000_0000_0000));
            Near(Math.Log(positive), PortableMath.Log(positive), $"log({positive:R})");
            var nearOne = 1 + (random.NextDouble() - 0.5) * Math.Pow(2, -random.Next(40));
            Near(Math.Log(nearOne), PortableMath.Log(nearOne), $"log({nearOne:R})");
            var angle = (random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-20, 30));
            Near(Math.Sin(angle), PortableMath.Sin(angle), $"sin({angle:R})");
            Near(Math.Cos(angle), PortableMath.Cos(angle), $"cos({angle:R})");
        }
    }

    [Fact]
    public void Ends_of_the_range()
    {
        Assert.Equal(1f, PortableMath.Exp(0f));
        Assert.Equal(float.PositiveInfinity, PortableMath.Exp(88.73f));
        Assert.Equal(float.PositiveInfinity, PortableMath.Exp(float.PositiveInfinity));
        Assert.Equal(0f, PortableMath.Exp(-104f));
        Assert.Equal(0f, PortableMath.Exp(float.NegativeInfinity));
        Assert.Equal(float.Epsilon, PortableMath.Exp(-103.2f));
        Assert.True(float.IsNaN(PortableMath.Exp(float.NaN)));
        Assert.Equal(double.PositiveInfinity, PortableMath.Exp(710.0));
        Assert.Equal(0, PortableMath.Exp(-746.0));
        Assert.Equal(double.NegativeInfinity, PortableMath.Log(0.0));
        Assert.Equal(double.PositiveInfinity, PortableMath.Log(double.PositiveInfinity));
        Assert.True(double.IsNaN(PortableMath.Log(-1.0)));
        Assert.True(double.IsNaN(PortableMath.Sin(double.PositiveInfinity)));
        Assert.Throws<ArgumentOutOfRangeException>(() => PortableMath.Cos(1e10));
        Assert.Equal(1024, PortableMath.Pow(2.0, 10));
        Assert.Equal(Math.Pow(10000, -0.25), PortableMath.Pow(10000.0, -0.25), 1e-16);
    }

    private static double Ulps(float actual, double expected)
    {
        if ((float)expected == actual) return 0.5; // Rounded correctly.
        var nearest = Math.Abs((float)expected);
        return Math.Abs(actual - expected) / (MathF.BitIncrement(nearest) - (double)nearest);
    }

    private static void Near(double expected, double actual, string what)
    {
        if (expected == actual) return;
        Assert.True(Math.Abs(actual - expected) <= 2 * (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected)), $"{what}: expected {expected:R}, got {actual:R}");
    }
}
