namespace ModelOps.Core.Evaluation;

/// <summary>
/// Which label was given where which one is right. Computed from the answers, so it is no part of <c>eval.json</c>.
/// </summary>
/// <param name="Field">The field of the JSON answers; null where the whole answer is the label.</param>
/// <param name="Labels">The labels that occur in the references, in ordinal order.</param>
/// <param name="Counts">[right label][given label]; one column more than labels, for answers that are none of them.</param>
public sealed record LabelConfusion(string? Field, IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<int>> Counts)
{
    /// <summary>One table for every label of the set (<see cref="LabelSets"/>); none where answers are free text.</summary>
    public static IReadOnlyList<LabelConfusion> Of(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => [.. LabelSets.Of([.. items.Select(i => i.Reference)]).Select(set => Table(items, run, set.Key, set.Value))];

    private static LabelConfusion Table(IReadOnlyList<EvaluationItem> items, SubjectRun run, string field, IReadOnlyList<string> labels)
    {
        Dictionary<string, int> index = labels.Index().ToDictionary(l => l.Item, l => l.Index, StringComparer.Ordinal);
        int[][] counts = [.. labels.Select(_ => new int[labels.Count + 1])];
        for (int row = 0; row < items.Count; row++)
        {
            int right = index[LabelSets.TextOf(items[row].Reference, field)!];
            int given = LabelSets.TextOf(run.Answers[row].Text, field) is { } label && index.TryGetValue(label, out int column) ? column : labels.Count;
            counts[right][given]++;
        }

        return new LabelConfusion(field.Length == 0 ? null : field, labels, counts);
    }
}
