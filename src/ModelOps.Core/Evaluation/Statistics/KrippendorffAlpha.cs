namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>What differences between two ratings mean.</summary>
public enum RatingScale
{
    /// <summary>Names: equal or not.</summary>
    Nominal,

    /// <summary>Ranks: how many ratings lie between.</summary>
    Ordinal,

    /// <summary>Numbers: their distance.</summary>
    Interval,
}

/// <summary>
/// Krippendorff's alpha: how far raters agree beyond chance, 1 for perfect agreement and 0 for none. Any number of raters, missing ratings allowed
/// (K. Krippendorff, <em>Computing Krippendorff's Alpha-Reliability</em>, 2011, part E).
/// </summary>
public static class KrippendorffAlpha
{
    /// <param name="units">The ratings of each rated thing; one with fewer than two says nothing about agreement and is passed over.</param>
    /// <returns>Null where no two raters rated one thing, or all ratings are equal: there is nothing to disagree about.</returns>
    public static double? Of(IEnumerable<IReadOnlyList<double>> units, RatingScale scale)
    {
        double[][] pairable = [.. units.Where(u => u.Count > 1).Select(u => u.ToArray())];
        double[] values = [.. pairable.SelectMany(u => u).Distinct().Order()];
        if (values.Length < 2)
        {
            return null;
        }

        double[,] coincidences = Coincidences(pairable, values);
        double[] totals = [.. Enumerable.Range(0, values.Length).Select(c => Enumerable.Range(0, values.Length).Sum(k => coincidences[c, k]))];
        double all = totals.Sum(), observed = 0, expected = 0;
        for (int c = 0; c < values.Length; c++)
        {
            for (int k = c + 1; k < values.Length; k++)
            {
                double difference = Difference(values, totals, c, k, scale);
                observed += coincidences[c, k] * difference;
                expected += totals[c] * totals[k] * difference;
            }
        }

        return 1 - ((all - 1) * observed / expected);
    }

    /// <summary>Every pair of ratings of one thing, both ways, counted 1 / (ratings of it - 1).</summary>
    private static double[,] Coincidences(double[][] units, double[] values)
    {
        var matrix = new double[values.Length, values.Length];
        foreach (double[] unit in units)
        {
            for (int i = 0; i < unit.Length; i++)
            {
                for (int j = 0; j < unit.Length; j++)
                {
                    if (i != j)
                    {
                        matrix[Array.BinarySearch(values, unit[i]), Array.BinarySearch(values, unit[j])] += 1.0 / (unit.Length - 1);
                    }
                }
            }
        }

        return matrix;
    }

    private static double Difference(double[] values, double[] totals, int c, int k, RatingScale scale)
    {
        if (scale == RatingScale.Nominal)
        {
            return 1;
        }

        double distance = values[k] - values[c];
        if (scale == RatingScale.Ordinal)
        {
            distance = -(totals[c] + totals[k]) / 2;
            for (int g = c; g <= k; g++)
            {
                distance += totals[g];
            }
        }

        return distance * distance;
    }
}
