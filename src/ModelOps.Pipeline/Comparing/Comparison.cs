using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Git;

namespace ModelOps.Pipeline.Comparing;

/// <summary>How two states differ.</summary>
/// <param name="Stages">Every stage that both states know, with the fields that differ.</param>
/// <param name="RowChanges">Set by set, where both states know their rows.</param>
public sealed record Comparison(
    Snapshot Before, Snapshot After, IReadOnlyList<(string Stage, KeyDifference Difference)> Stages, IReadOnlyList<RowsChange> RowChanges, IReadOnlyList<RowStory> Rows)
{
    /// <param name="texts">Texts of rows that neither state brings itself.</param>
    public static Comparison Of(Snapshot before, Snapshot after, IReadOnlyDictionary<Digest, string> texts, RowHistory? history)
    {
        RowsChange[] rows = before.Rows is { } old && after.Rows is { } now
            ? [.. now.Sets.Where(s => old.Set(s.Kind) is { } was && was.Digest != s.Digest).Select(s => RowsChange.Between(old.Set(s.Kind)!, s))] : [];
        var stages = new List<(string, KeyDifference)>();
        foreach (FingerprintFile left in before.Keys)
        {
            if (after.Keys.FirstOrDefault(k => k.Stage == left.Stage) is { } right)
            {
                stages.Add((left.Stage, KeyDifference.Between(left, right, before.Rows, after.Rows)));
            }
        }

        Dictionary<Digest, string> all = new[] { before.Texts, after.Texts, texts }.SelectMany(t => t).DistinctBy(t => t.Key).ToDictionary(t => t.Key, t => t.Value);
        return new Comparison(before, after, stages, rows, rows.Length == 0 ? [] : RowStory.Tell(rows, before.Rows!, after.Rows!, all, history));
    }

    /// <summary>The fields of each stage, and a word where there is nothing to say.</summary>
    public IEnumerable<string> FieldLines()
    {
        foreach ((string stage, KeyDifference difference) in Stages.Where(s => s.Difference.Fields.Count > 0))
        {
            yield return $"{stage}: {new KeyDifference(difference.Fields, []).ToLine(most: 20)}";
        }

        if (RowChanges.Count == 0 && Stages.All(s => s.Difference.IsEmpty))
        {
            yield return Stages.Count > 0 ? "nothing differs" : "nothing can be compared: the two know different things";
        }
        else if (Before.Rows is null || After.Rows is null)
        {
            yield return "rows are not known on both sides, so a changed set is only named";
        }
    }
}
