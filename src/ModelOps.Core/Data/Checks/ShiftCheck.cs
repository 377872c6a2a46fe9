namespace ModelOps.Core.Data;

/// <summary>
/// Whether the rows that judge are like those that are learned: lengths of questions and of answers by the two-sample test of Kolmogorov and Smirnov. A difference
/// counts when chance explains it in fewer than one of a thousand cases and the distributions are at least <see cref="Distance"/> apart, with medians that differ by a quarter, so that a large set is not blamed for a trifle.
/// </summary>
internal static class ShiftCheck
{
    public const double Distance = 0.25;

    private const double Significance = 0.001;

    /// <summary>Share of the longer median by which the medians differ at least: rows of one template differ by a word in all of them.</summary>
    private const double Medians = 0.25;

    /// <summary>Rows below which nothing is said.</summary>
    private const int MinimumRows = 30;

    public static void Check(IReadOnlyCollection<Dataset> datasets, DataChecks checks)
    {
        if (datasets.FirstOrDefault(d => d.Kind == DatasetKind.Training) is not { Shape: RowShape.Conversation } training || training.Rows.Count < MinimumRows)
        {
            return;
        }

        foreach (Dataset judged in datasets.Where(d => d.Kind == DatasetKind.Evaluation && d.Rows.Count >= MinimumRows))
        {
            Compare("question", training, judged, f => f.QuestionWords, checks);
            Compare("answer", training, judged, f => f.AnswerWords, checks);
        }
    }

    private static void Compare(string part, Dataset training, Dataset judged, Func<RowFacts, int> length, DataChecks checks)
    {
        if (Difference([.. training.Rows.Select(r => length(r.Facts))], [.. judged.Rows.Select(r => length(r.Facts))]) is { } shift)
        {
            checks.Findings.Add(
                DataFindings.Shift(new Diagnostics.SourceLocation(judged.Files[0].Path), part, shift.Left, shift.Right, shift.Distance), 0);
        }
    }

    /// <summary>The medians of two sets of lengths, and how far apart they are; null when they are alike. Puts both in order.</summary>
    internal static (int Left, int Right, double Distance)? Difference(int[] left, int[] right)
    {
        Array.Sort(left);
        Array.Sort(right);
        double distance = Statistic(left, right);
        int usual = left[left.Length / 2], found = right[right.Length / 2];
        return distance >= Distance && distance > Critical(left.Length, right.Length) && Math.Abs(usual - found) >= Medians * Math.Max(usual, found) ? (usual, found, distance) : null;
    }

    /// <summary>Largest difference of the two distribution functions.</summary>
    internal static double Statistic(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        double largest = 0;
        for (int i = 0, j = 0; i < left.Length && j < right.Length;)
        {
            int value = Math.Min(left[i], right[j]);
            while (i < left.Length && left[i] == value)
            {
                i++;
            }

            while (j < right.Length && right[j] == value)
            {
                j++;
            }

            largest = Math.Max(largest, Math.Abs(((double)i / left.Length) - ((double)j / right.Length)));
        }

        return largest;
    }

    /// <summary>The statistic that chance exceeds with probability <see cref="Significance"/> (Smirnov's asymptotic form).</summary>
    internal static double Critical(int left, int right)
        => Math.Sqrt(-0.5 * Math.Log(Significance / 2)) * Math.Sqrt((left + (double)right) / ((double)left * right));
}
