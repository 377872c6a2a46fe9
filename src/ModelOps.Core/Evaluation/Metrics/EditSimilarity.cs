namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Mean of 1 − d / max(length), d the edit distance of insertions, deletions and substitutions (Levenshtein, 1966), in Unicode code points; 1 where
/// both are empty. White space at both ends is cut.
/// </summary>
public sealed class EditSimilarity : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(EditSimilarity));

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => MetricSample.Mean([.. items.Select((item, i) => Of(item.Reference.Trim(), run.Answers[i].Text.Trim()))]);

    internal static double Of(string first, string second)
    {
        int[] a = [.. first.EnumerateRunes().Select(r => r.Value)];
        int[] b = [.. second.EnumerateRunes().Select(r => r.Value)];
        int longer = Math.Max(a.Length, b.Length);
        return longer == 0 ? 1 : 1 - ((double)Distance(a, b) / longer);
    }

    private static int Distance(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        int start = a.CommonPrefixLength(b);
        a = a[start..];
        b = b[start..];
        while (a.Length > 0 && b.Length > 0 && a[^1] == b[^1])
        {
            a = a[..^1];
            b = b[..^1];
        }

        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
