using System.Text;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// chrF2 of the corpus (Popović, 2015; 2016), 0 to 100, as sacreBLEU 2 computes it by default: character n-grams of orders 1 to 6 without white space,
/// counts summed over the rows, precision and recall averaged over the orders that both sides have, β = 2. A row's score is its own chrF2.
/// </summary>
public sealed class Chrf : IMetric
{
    private const int Orders = 6, Beta = 2;

    public MetricSpec Spec { get; } = new("ChrF");

    public MetricScale Scale => MetricScale.Percent;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        double[][] rows = [.. items.Select((item, i) => Counts(run.Answers[i].Text, item.Reference))];
        return new MetricSample([.. rows.Select(row => Value(row))], SumStatistic.OfRows(rows, sums => Value(sums)));
    }

    /// <summary>Per order: n-grams of the answer, of the reference, and common ones.</summary>
    internal static double[] Counts(string answer, string reference, bool whiteSpace = false)
    {
        string[] given = Characters(answer, whiteSpace), expected = Characters(reference, whiteSpace);
        var counts = new double[3 * Orders];
        for (int n = 1; n <= Orders; n++)
        {
            counts[(3 * n) - 3] = Math.Max(0, given.Length - n + 1);
            counts[(3 * n) - 2] = Math.Max(0, expected.Length - n + 1);
            counts[(3 * n) - 1] = NGrams.Overlap(NGrams.Count(given, n), NGrams.Count(expected, n));
        }

        return counts;
    }

    internal static double Value(ReadOnlySpan<double> counts, int beta = Beta)
    {
        double precision = 0;
        double recall = 0;
        int orders = 0;
        for (int n = 0; n < Orders; n++)
        {
            double given = counts[3 * n], expected = counts[(3 * n) + 1], common = counts[(3 * n) + 2];
            if (given > 0 && expected > 0)
            {
                precision += common / given;
                recall += common / expected;
                orders++;
            }
        }

        if (precision + recall == 0)
        {
            return 0;
        }

        double weight = beta * beta;
        (precision, recall) = (precision / orders, recall / orders);
        return Math.Min(100, 100 * (1 + weight) * precision * recall / ((weight * precision) + recall));
    }

    private static string[] Characters(string text, bool whiteSpace)
        => [.. (whiteSpace ? text.Trim() : text).EnumerateRunes().Where(rune => whiteSpace || !Rune.IsWhiteSpace(rune)).Select(rune => rune.ToString())];
}
