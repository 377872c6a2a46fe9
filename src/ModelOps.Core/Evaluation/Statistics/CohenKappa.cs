namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>
/// Agreement of two raters beyond chance (Cohen, Educational and Psychological Measurement 20, 1960, 37–46), with the large-sample interval of Fleiss,
/// Cohen and Everitt (Psychological Bulletin 72, 1969, 323–327).
/// </summary>
/// <param name="Value">1 for perfect agreement, 0 for that of chance.</param>
/// <param name="Observed">Share of cases on which the raters agree.</param>
public sealed record CohenKappa(double Value, Interval Interval, double Observed, int Cases)
{
    /// <param name="counts">[label of the first rater][label of the second]; at least one case.</param>
    public static CohenKappa Of(IReadOnlyList<IReadOnlyList<int>> counts, double confidence = Confidence.Default)
    {
        int cases = counts.Sum(row => row.Sum());
        ArgumentOutOfRangeException.ThrowIfLessThan(cases, 1);
        double n = cases;
        int labels = counts.Count;
        double[] first = [.. counts.Select(row => row.Sum() / n)];
        double[] second = [.. Enumerable.Range(0, labels).Select(j => counts.Sum(row => row[j]) / n)];
        double observed = Enumerable.Range(0, labels).Sum(i => counts[i][i] / n);
        double chance = Enumerable.Range(0, labels).Sum(i => first[i] * second[i]);
        if (chance >= 1)
        {
            // Both gave one and the same label throughout: nothing is known of how they tell labels apart.
            return new CohenKappa(0, new Interval(-1, 1), observed, cases);
        }

        double kappa = (observed - chance) / (1 - chance);
        double z = Confidence.ToZ(confidence);
        double half = z * Math.Sqrt(Variance(counts, first, second, kappa, chance) / n);

        // Without a disagreement the formula's variance is 0 however few the cases; then Wilson's limit of the agreement stands in.
        double lower = observed < 1 ? kappa - half : (Wilson.Of(cases, cases, confidence).Lower - chance) / (1 - chance);
        return new CohenKappa(kappa, new Interval(Math.Max(-1, lower), Math.Min(1, kappa + half)), observed, cases);
    }

    private static double Variance(IReadOnlyList<IReadOnlyList<int>> counts, double[] first, double[] second, double kappa, double chance)
    {
        double n = counts.Sum(row => row.Sum());
        double agreed = 0;
        double differed = 0;
        for (int i = 0; i < first.Length; i++)
        {
            for (int j = 0; j < first.Length; j++)
            {
                double share = counts[i][j] / n;
                if (i == j)
                {
                    double term = 1 - ((first[i] + second[i]) * (1 - kappa));
                    agreed += share * term * term;
                }
                else
                {
                    double term = second[i] + first[j];
                    differed += share * term * term;
                }
            }
        }

        double rest = kappa - (chance * (1 - kappa));
        return Math.Max(0, agreed + ((1 - kappa) * (1 - kappa) * differed) - (rest * rest)) / ((1 - chance) * (1 - chance));
    }
}
