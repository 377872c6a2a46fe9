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

    [Fact]
    public void Indices_are_those_of_the_blocks_one_by_one()
    {
        var indices = new int[1003];
        Philox.FillIndices(indices, 977, 0x123456789ABCDEF0, 41);
        Assert.Equal(
            Enumerable.Range(0, 251).SelectMany(block =>
            {
                (uint a, uint b, uint c, uint d) = Philox.Block((uint)block, 0, 41, 0, 0x9ABCDEF0, 0x12345678);
                return new[] { a, b, c, d }.Select(word => (int)((word * 977UL) >> 32));
            }).Take(1003),
            indices);
    }

    // An independent implementation in Python (its own generator, jackknife and NormalDist).
    [Fact]
    public void Bca_of_a_mean_matches_an_independent_implementation()
    {
        Interval interval = Bootstrap.Bca(
            SumStatistic.Mean(s_values), s_unbounded, new BootstrapOptions { Resamples = 2000, Seed = 12345678901234 });
        Assert.Equal(2.772931139260326, interval.Lower, 1e-9);
        Assert.Equal(4.577762202920987, interval.Upper, 1e-9);
    }

    [Fact]
    public void Bca_of_a_ratio_matches_an_independent_implementation()
    {
        Interval interval = Bootstrap.Bca(
            new SumStatistic([s_values, [.. s_values.Select((_, i) => 1.0 + (i * 31 % 11))]], sums => sums[0] / sums[1]),
            s_unbounded,
            new BootstrapOptions { Resamples = 2000, Seed = 7, Confidence = 0.9 });
        Assert.Equal(0.4900488649367039, interval.Lower, 1e-9);
        Assert.Equal(0.7198440115007703, interval.Upper, 1e-9);
    }

    [Fact]
    public void Same_seed_same_interval_other_seed_another()
    {
        SumStatistic mean = SumStatistic.Mean(s_values);
        Interval first = Bootstrap.Bca(mean, s_unbounded);
        Assert.Equal(first, Bootstrap.Bca(mean, s_unbounded));
        Assert.NotEqual(first, Bootstrap.Bca(mean, s_unbounded, new BootstrapOptions { Seed = 1 }));
    }

    [Fact]
    public void Constant_scores_have_a_defined_interval_that_narrows_with_rows_and_never_vanishes()
    {
        Interval few = Bootstrap.Bca(Constant(10, 1), ValueRange.Proportion);
        Interval many = Bootstrap.Bca(Constant(300, 1), ValueRange.Proportion);
        // Clopper and Pearson, all of ten: 0.025 to the power of 1/10.
        Assert.Equal(0.6915028921812392, few.Lower, 1e-12);
        Assert.Equal(1, few.Upper);
        Assert.True(many.Lower > few.Lower && many.Lower < 1);
    }

    [Fact]
    public void No_difference_on_any_row_is_no_proof_of_equality()
    {
        Interval bounded = Bootstrap.Bca(Constant(100, 0), ValueRange.Proportion.Difference);
        Assert.True(bounded.Lower < 0 && bounded.Upper > 0);
        Assert.Equal(-bounded.Lower, bounded.Upper, 1e-12);
        Interval unbounded = Bootstrap.Bca(Constant(100, 0), s_unbounded);
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
                SumStatistic.Mean(values), ValueRange.Proportion, new BootstrapOptions { Resamples = 200 });
            Assert.True(interval.Contains(values.Sum() / values.Length) && interval.Width > 0);
        }
    }

    // The shortcuts of groups, shared resamples and subtraction against the plain way: every row by itself, each statistic by itself.
    [Fact]
    public void Groups_and_shared_resamples_change_nothing()
    {
        var random = new Random(3);
        double[] first = [.. Enumerable.Range(0, 83).Select(_ => (double)random.Next(0, 3))];
        double[] second = [.. Enumerable.Range(0, 83).Select(_ => random.NextDouble())];
        CombinedStatistic mixed = CombinedStatistic.Difference(SumStatistic.Mean(first), SumStatistic.Mean(second), -1);
        RowStatistic[] fast = [SumStatistic.Mean(first), SumStatistic.Mean(second), mixed, mixed.Take([.. Enumerable.Range(0, 83).Reverse()])];
        RowStatistic[] plain = [new Plain(83, i => first[i]), new Plain(83, i => second[i]), new Plain(83, i => second[i] - first[i]), new Plain(83, i => second[82 - i] - first[82 - i])];
        var options = new BootstrapOptions { Resamples = 1000 };
        Interval[] together = Bootstrap.Bca([.. fast.Select(s => (s, s_unbounded))], options);
        for (int i = 0; i < fast.Length; i++)
        {
            Interval expected = Bootstrap.Bca(plain[i], s_unbounded, options);
            Assert.Equal(Bootstrap.Bca(fast[i], s_unbounded, options), together[i]);
            Assert.Equal(expected.Lower, together[i].Lower, 1e-12);
            Assert.Equal(expected.Upper, together[i].Upper, 1e-12);
        }
    }

    private static SumStatistic Constant(int rows, double value) => SumStatistic.Mean([.. Enumerable.Repeat(value, rows)]);

    /// <summary>The mean of a function of the row, without any shortcut.</summary>
    private sealed class Plain(int rows, Func<int, double> value) : RowStatistic(rows, null, rows)
    {
        public override double Value(ReadOnlySpan<double> counts)
        {
            double sum = 0;
            double drawn = 0;
            for (int row = 0; row < counts.Length; row++)
            {
                sum += counts[row] * value(row);
                drawn += counts[row];
            }

            return sum / drawn;
        }

        public override RowStatistic Take(IReadOnlyList<int> rows) => new Plain(rows.Count, i => value(rows[i]));
    }
}
