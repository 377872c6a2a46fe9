using FsCheck;
using FsCheck.Fluent;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Tests.Reviewing;

public sealed class KrippendorffAlphaTests
{
    /// <summary>The example of K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), part C: four observers, twelve units, 0 for no rating.</summary>
    private static readonly int[][] s_observers =
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ];

    private static readonly IReadOnlyList<double>[] s_units = [.. Enumerable.Range(0, 12).Select(u => (IReadOnlyList<double>)[.. s_observers.Select(o => (double)o[u]).Where(v => v > 0)])];

    [Theory]
    [InlineData(RatingScale.Nominal, 0.743)]
    [InlineData(RatingScale.Ordinal, 0.815)]
    [InlineData(RatingScale.Interval, 0.849)]
    public void Published_example_has_its_published_values(RatingScale scale, double expected)
        => Assert.Equal(expected, KrippendorffAlpha.Of(s_units, scale)!.Value, 3);

    [Fact]
    public void Binary_example_without_gaps_has_its_published_value()
    {
        // Part A of the same paper: two observers, ten units.
        int[] meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0];

        Assert.Equal(0.095, KrippendorffAlpha.Of(meg.Zip(owen, (a, b) => (IReadOnlyList<double>)[a, b]), RatingScale.Nominal)!.Value, 3);
    }

    [Fact]
    public void Nothing_is_said_where_there_is_nothing_to_disagree_about()
    {
        Assert.Null(KrippendorffAlpha.Of([], RatingScale.Interval));
        Assert.Null(KrippendorffAlpha.Of([[1], [2], [3]], RatingScale.Interval));
        Assert.Null(KrippendorffAlpha.Of([[2, 2], [2, 2]], RatingScale.Interval));
        Assert.Equal(1.0, KrippendorffAlpha.Of([[1, 1], [3, 3]], RatingScale.Ordinal)!.Value, 12);
    }

    [Fact]
    public void Alpha_is_one_minus_observed_by_expected_disagreement_of_all_pairs()
    {
        // The definition over pairs of ratings, without a coincidence matrix.
        Prop.ForAll(ArbMap.Default.ArbFor<byte[][]>(), raw =>
        {
            double[][] units = [.. raw.Where(u => u is not null).Select(u => u.Select(v => (double)(v % 5)).ToArray()).Where(u => u.Length > 1)];
            double[] all = [.. units.SelectMany(u => u)];
            if (all.Distinct().Count() < 2)
            {
                return KrippendorffAlpha.Of(units, RatingScale.Interval) is null;
            }

            double observed = units.Sum(u => u.Sum(a => u.Sum(b => (a - b) * (a - b))) / (u.Length - 1)) / all.Length;
            double expected = all.Sum(a => all.Sum(b => (a - b) * (a - b))) / (all.Length * (all.Length - 1.0));
            return Math.Abs(KrippendorffAlpha.Of(units, RatingScale.Interval)!.Value - (1 - (observed / expected))) < 1e-9;
        }).QuickCheckThrowOnFailure();
    }
}
