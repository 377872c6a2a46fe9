using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Tests.Evaluation.Statistics;

public sealed class BootstrapTests
{
    private static readonly ValueRange s_unbounded = new(double.NegativeInfinity, double.PositiveInfinity);

    private static readonly double[] s_values =
    [
        0.0, 4.882, 1.403, 8.396, 3.968, 0.828, 7.29, 3.12, 0.365, 6.237, 2.342, 0.052, 5.24, 1.643, 8.824, 4.303, 1.032, 7.699, 3.43, 0.524,
        6.626, 2.625, 0.147, 5.607, 1.896, 9.259, 4.648, 1.25, 8.115, 3.75, 0.701, 7.022, 2.919, 0.27, 5.983, 2.16, 0.01,
    ];

    // The known answers that the generator's authors publish with it (Random123, kat_vectors).
    [Fact]
    public void Generator_gives_the_published_known_answers()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Block(0, 0, 0, 0, 0, 0));
        Assert.Equal(
            (0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            Philox.Block(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff));
        Assert.Equal(
            (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            Philox.Block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void Indices_do_not_depend_on_how_many_are_asked_for(int count)
    {
        var few = new int[count];
        var many = new int[16];
        Philox.FillIndices(few, 1000, 42, 3);
        Philox.FillIndices(many, 1000, 42, 3);
        Assert.Equal(many[..count], few);
        Assert.All(many, i => Assert.InRange(i, 0, 999));
    }

    // An independent implementation in Python (its own generator, jackknife and NormalDist).
    [Fact]
    public void Bca_of_a_mean_matches_an_independent_implementation()
    {
        Interval interval = Bootstrap.Bca(
            s_values.Length, rows => Sum(rows, i => s_values[i]) / rows.Length, s_unbounded, new BootstrapOptions { Resamples = 2000, Seed = 12345678901234 });
        Assert.Equal(2.772931139260326, interval.Lower, 1e-9);
        Assert.Equal(4.577762202920987, interval.Upper, 1e-9);
    }

    [Fact]
    public void Bca_of_a_ratio_matches_an_independent_implementation()
    {
        Interval interval = Bootstrap.Bca(
            s_values.Length,
            rows => Sum(rows, i => s_values[i]) / Sum(rows, i => 1 + (i * 31 % 11)),
            s_unbounded,
            new BootstrapOptions { Resamples = 2000, Seed = 7, Confidence = 0.9 });
        Assert.Equal(0.4900488649367039, interval.Lower, 1e-9);
        Assert.Equal(0.7198440115007703, interval.Upper, 1e-9);
    }

    [Fact]
    public void Same_seed_same_interval_other_seed_another()
    {
        RowStatistic mean = rows => Sum(rows, i => s_values[i]) / rows.Length;
        Interval first = Bootstrap.Bca(s_values.Length, mean, s_unbounded);
        Assert.Equal(first, Bootstrap.Bca(s_values.Length, mean, s_unbounded));
        Assert.NotEqual(first, Bootstrap.Bca(s_values.Length, mean, s_unbounded, new BootstrapOptions { Seed = 1 }));
    }

    [Fact]
    public void Constant_scores_have_a_defined_interval_that_narrows_with_rows_and_never_vanishes()
    {
        Interval few = Bootstrap.Bca(10, _ => 1, ValueRange.Proportion);
        Interval many = Bootstrap.Bca(300, _ => 1, ValueRange.Proportion);
        // Clopper and Pearson, all of ten: 0.025 to the power of 1/10.
        Assert.Equal(0.6915028921812392, few.Lower, 1e-12);
        Assert.Equal(1, few.Upper);
        Assert.True(many.Lower > few.Lower && many.Lower < 1);
    }

    [Fact]
    public void No_difference_on_any_row_is_no_proof_of_equality()
    {
        Interval bounded = Bootstrap.Bca(100, _ => 0, ValueRange.Proportion.Difference);
        Assert.True(bounded.Lower < 0 && bounded.Upper > 0);
        Assert.Equal(-bounded.Lower, bounded.Upper, 1e-12);
        Interval unbounded = Bootstrap.Bca(100, _ => 0, s_unbounded);
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (unbounded.Lower, unbounded.Upper));
    }

    [Fact]
    public void Interval_contains_the_estimate_whatever_the_shape()
    {
        var random = new Random(5);
        for (int i = 0; i < 60; i++)
        {
            double[] values = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => Math.Pow(random.NextDouble(), 8))];
            Interval interval = Bootstrap.Bca(
                values.Length, rows => Sum(rows, r => values[r]) / rows.Length, ValueRange.Proportion, new BootstrapOptions { Resamples = 200 });
            Assert.True(interval.Contains(values.Sum() / values.Length) && interval.Width > 0);
        }
    }

    private static double Sum(ReadOnlySpan<int> rows, Func<int, double> value)
    {
        double sum = 0;
        foreach (int row in rows)
        {
            sum += value(row);
        }

        return sum;
    }
}
