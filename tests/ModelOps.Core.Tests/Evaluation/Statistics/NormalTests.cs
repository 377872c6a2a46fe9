using ModelOps.Core.Evaluation.Statistics;
using Reference = MathNet.Numerics.Distributions.Normal;

namespace ModelOps.Core.Tests.Evaluation.Statistics;

public sealed class NormalTests
{
    [Fact]
    public void Cdf_agrees_with_an_independent_library_over_the_whole_line()
    {
        for (double x = -8; x <= 8; x += 0.0625)
        {
            Assert.Equal(Reference.CDF(0, 1, x), Normal.Cdf(x), 1e-13);
        }
    }

    [Theory]
    [InlineData(-10, 7.619853024160495e-24)] // mpmath.ncdf
    [InlineData(-20, 2.753624118606234e-89)]
    [InlineData(-37, 5.725571222524577e-300)]
    public void Cdf_keeps_its_relative_accuracy_in_the_tail(double x, double expected)
        => Assert.InRange(Normal.Cdf(x) / expected, 1 - 1e-12, 1 + 1e-12);

    [Fact]
    public void Quantile_is_the_inverse_and_agrees_with_an_independent_library()
    {
        for (int i = 1; i < 1000; i++)
        {
            double p = i / 1000.0;
            Assert.Equal(p, Normal.Cdf(Normal.Quantile(p)), 1e-14);
            Assert.Equal(Reference.InvCDF(0, 1, p), Normal.Quantile(p), 1e-9);
        }

        Assert.Equal(1.959963984540054, Normal.Quantile(0.975), 1e-13);
        Assert.Equal(-Normal.Quantile(0.001), Normal.Quantile(0.999), 1e-12);
        Assert.Equal(double.NegativeInfinity, Normal.Quantile(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Normal.Quantile(double.NaN));
    }

    [Fact]
    public void Exponential_and_logarithm_agree_with_the_platform_to_a_few_units_in_the_last_place()
    {
        for (double x = -700; x <= 700; x += 0.37)
        {
            Assert.InRange(PortableMath.Exp(x) / Math.Exp(x), 1 - 1e-15, 1 + 1e-15);
        }

        for (double x = 1e-300; x < 1e300; x *= 3.7)
        {
            Assert.Equal(Math.Log(x), PortableMath.Log(x), Math.Abs(Math.Log(x)) * 4e-16);
        }

        Assert.Equal(0, PortableMath.Log(1));
        Assert.Equal(1e-9, PortableMath.Log(1 + 1e-9), 1e-16);
        Assert.Equal(1, PortableMath.Exp(0));
        Assert.Equal(0, PortableMath.Exp(-1000));
        Assert.Equal(double.PositiveInfinity, PortableMath.Exp(1000));
        Assert.Equal(double.NegativeInfinity, PortableMath.Log(0));
        Assert.True(double.IsNaN(PortableMath.Log(-1)));
    }
}
