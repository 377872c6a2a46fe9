namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>Exact McNemar test: the sign test on the rows where two subjects differ (McNemar, Psychometrika 12, 1947, 153–157).</summary>
public static class McNemar
{
    /// <summary>Two-sided p-value, min(1, 2 P(X ≤ min)) with X ~ Binomial(discordant rows, ½); not the mid-p.</summary>
    public static double PValue(PairedCounts counts)
    {
        int discordant = counts.OnlyFirst + counts.OnlySecond;
        int smaller = Math.Min(counts.OnlyFirst, counts.OnlySecond);

        // Weights relative to the mode, from there outwards: no power of two that could overflow, no logarithm.
        int mode = discordant / 2;
        double all = 0;
        double tail = 0;
        double weight = 1;
        for (int k = mode; k >= 0 && weight > 0; k--)
        {
            all += 2 * k == discordant ? weight : 2 * weight;
            tail += k <= smaller ? weight : 0;
            weight *= (double)k / (discordant - k + 1);
        }

        return Math.Min(1, 2 * tail / all);
    }
}
