using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Tests.Evaluation.Statistics;

public sealed class ProportionTests
{
    // Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3; digits beyond the paper's by solving the quadratic in mpmath.
    [Theory]
    [InlineData(81, 263, 0.255288519878, 0.366209576983)]
    [InlineData(15, 148, 0.0623863995307, 0.160487241723)]
    [InlineData(0, 20, 0, 0.161125158053)]
    [InlineData(1, 29, 0.00611321429276, 0.171755218793)]
    [InlineData(29, 29, 0.8830302015, 1)]
    [InlineData(240, 300, 0.751071076232, 0.841343141033)]
    public void Wilson_matches_published_values(int successes, int trials, double lower, double upper)
    {
        Interval interval = Wilson.Of(successes, trials);
        Assert.Equal(lower, interval.Lower, 1e-9);
        Assert.Equal(upper, interval.Upper, 1e-9);
    }

    // The first two: Fagerland, Lydersen, Laake, Statistics in Medicine 33 (2014) 2850-2875 (airway reactivity: -0.517 to -0.026). All digits: the
    // score test inverted in mpmath at 40 digits, the nuisance parameter by maximising the constrained likelihood numerically, not in closed form.
    [Theory]
    [InlineData(1, 7, 21, 0.95, -0.517232276421, -0.0260030324809)]
    [InlineData(6, 16, 161, 0.95, -0.124023432464, -0.00543339573168)]
    [InlineData(40, 20, 160, 0.95, 0.0308645331331, 0.218064244167)]
    [InlineData(1, 0, 44, 0.95, -0.0593932311166, 0.118077096982)]
    [InlineData(0, 0, 50, 0.95, -0.0713475991334, 0.0713475991334)]
    [InlineData(5, 0, 30, 0.95, 0.0342343746304, 0.335643505064)]
    [InlineData(12, 12, 100, 0.95, -0.0995917363086, 0.0995917363086)]
    [InlineData(300, 260, 2000, 0.95, -0.00319807490278, 0.0432194531924)]
    [InlineData(15, 9, 300, 0.99, -0.0247392271541, 0.0678163482135)]
    public void Tango_matches_published_and_independent_values(int onlyFirst, int onlySecond, int rows, double confidence, double lower, double upper)
    {
        Interval interval = Tango.Of(new PairedCounts(onlyFirst, onlySecond, rows), confidence);
        Assert.Equal(lower, interval.Lower, 1e-9);
        Assert.Equal(upper, interval.Upper, 1e-9);
    }

    // The first two: the same paper's exact conditional McNemar test (0.070 and 0.053). All digits: binomial sums in mpmath.
    [Theory]
    [InlineData(1, 7, 0.0703125)]
    [InlineData(6, 16, 0.0524787902832031)]
    [InlineData(40, 20, 0.0134892937311919)]
    [InlineData(0, 5, 0.0625)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 0, 1)]
    [InlineData(521, 480, 0.206107310832953)]
    [InlineData(10, 30, 0.00222143377322936)]
    public void McNemar_matches_published_and_independent_values(int onlyFirst, int onlySecond, double expected)
        => Assert.Equal(expected, McNemar.PValue(new PairedCounts(onlyFirst, onlySecond, 5000)), 1e-12);

    // Ranks of the usual tables of distribution-free intervals (Conover 1999, table A3; medians of 20 and 100 values), and 0.95^72 < 0.025 < 0.95^71.
    [Theory]
    [InlineData(20, 0.5, 10, 6, 15)]
    [InlineData(100, 0.5, 50, 40, 61)]
    [InlineData(72, 0.95, 69, 64, 72)]
    [InlineData(71, 0.95, 68, 63, double.PositiveInfinity)]
    [InlineData(1, 0.5, 1, double.NegativeInfinity, double.PositiveInfinity)]
    public void Quantiles_lie_between_ranks(int count, double share, double value, double lower, double upper)
    {
        QuantileInterval quantile = QuantileInterval.Of([.. Enumerable.Range(1, count).Reverse().Select(i => (double)i)], share);
        Assert.Equal((value, lower, upper), (quantile.Value, quantile.Interval.Lower, quantile.Interval.Upper));
    }

    [Fact]
    public void A_quantiles_interval_covers_it_as_often_as_it_says()
    {
        var random = new Random(21);
        int covered = 0;
        for (int run = 0; run < 2000; run++)
        {
            covered += QuantileInterval.Of([.. Enumerable.Range(0, 150).Select(_ => random.NextDouble())], 0.95).Interval.Contains(0.95) ? 1 : 0;
        }

        Assert.InRange(covered / 2000.0, 0.945, 0.99);
    }

    [Fact]
    public void McNemar_survives_counts_whose_powers_of_two_no_double_holds()
    {
        Assert.Equal(1, McNemar.PValue(new PairedCounts(5000, 5000, 10_000)));
        Assert.InRange(McNemar.PValue(new PairedCounts(9000, 1000, 10_000)), 0, 1e-300);
    }

    [Fact]
    public void Every_interval_contains_its_estimate_and_mirrors_when_sides_swap()
    {
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            int rows = random.Next(1, 400);
            int first = random.Next(0, rows + 1);
            var counts = new PairedCounts(first, random.Next(0, rows - first + 1), rows);
            Interval tango = Tango.Of(counts);
            Interval mirrored = Tango.Of(counts.Swap()).Negate();
            Assert.True(tango.Contains(counts.Difference) && tango is { Lower: >= -1, Upper: <= 1 } && tango.Width > 0);
            Assert.Equal(mirrored.Lower, tango.Lower, 1e-12);
            Assert.Equal(mirrored.Upper, tango.Upper, 1e-12);
            Assert.Equal(McNemar.PValue(counts), McNemar.PValue(counts.Swap()));

            Interval wilson = Wilson.Of(first, rows);
            Interval complement = Wilson.Of(rows - first, rows);
            Assert.True(wilson.Contains((double)first / rows) && wilson is { Lower: >= 0, Upper: <= 1 } && wilson.Width > 0);
            Assert.Equal(1 - complement.Upper, wilson.Lower, 1e-12);
            Assert.True(Wilson.Of(first, rows, 0.99).Width > wilson.Width);
        }
    }

    [Fact]
    public void Limits_are_where_the_score_statistic_equals_the_quantile()
    {
        var counts = new PairedCounts(25, 14, 180);
        Interval interval = Tango.Of(counts);
        Assert.Equal(1.959963984540054, Tango.Statistic(counts, interval.Lower), 1e-9);
        Assert.Equal(-1.959963984540054, Tango.Statistic(counts, interval.Upper), 1e-9);
        // At margin zero Tango's statistic is McNemar's.
        Assert.Equal((25 - 14) / Math.Sqrt(25 + 14), Tango.Statistic(counts, 0), 1e-12);
    }
}
