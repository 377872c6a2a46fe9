using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Fingerprinting;

/// <summary>A row that became another.</summary>
public sealed record RowPair(RowEntry Old, RowEntry New);

/// <summary>What happened to the rows of a set. A changed row asks the same question, or has much the same text, as one that is gone.</summary>
/// <param name="First">The first row that is new or changed, else the first that is gone (in its old place).</param>
/// <param name="Files">The files with such rows, relative to the project.</param>
public sealed record RowsChange(
    DatasetKind Kind, IReadOnlyList<RowEntry> Added, IReadOnlyList<RowEntry> Removed, IReadOnlyList<RowPair> Changed, SourceLocation? First, IReadOnlyList<string> Files)
{
    // Five of eight sketch bytes agree: more than half of the words are the same.
    private const int CloseFrom = 5;

    // Comparing every removed row with every added one is for edits; a new set is a new set.
    private const long MostComparisons = 4_000_000;

    public static RowsChange Between(DatasetSet old, DatasetSet @new)
    {
        List<RowEntry> removed = Missing(old.Rows, @new.Rows), added = Missing(@new.Rows, old.Rows);
        var changed = new List<RowPair>();
        PairSameQuestions(removed, added, changed);
        if ((long)removed.Count * added.Count <= MostComparisons)
        {
            PairClosest(removed, added, changed);
        }

        IEnumerable<RowEntry> present = added.Concat(changed.Select(c => c.New));
        SourceLocation? first = InFileOrder(@new, present) ?? InFileOrder(old, removed);
        IEnumerable<string> files = present.Select(r => @new.Files[r.File].Path).Concat(removed.Select(r => old.Files[r.File].Path));
        return new RowsChange(@new.Kind, added, removed, changed, first, [.. files.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    /// <summary>For example <c>3 rows changed in data/train/a.jsonl (first: line 12)</c>; another set than the training set is named.</summary>
    public override string ToString()
    {
        (int Count, string Verb)[] counts = [.. new[] { (Added.Count, "added"), (Removed.Count, "removed"), (Changed.Count, "changed") }.Where(c => c.Item1 > 0)];
        string name = Kind == DatasetKind.Training ? "" : $"{Kind.Name()} ";
        if (counts is not [var main, .. var others])
        {
            return $"{name}rows in another order";
        }

        string rest = string.Concat(others.Select(c => $", {c.Count} {c.Verb}"));
        return $"{main.Count} {name}row{(main.Count == 1 ? "" : "s")} {main.Verb}{rest}{Place(counts.Sum(c => c.Count))}";
    }

    private string Place(int rows) => (Files, First) switch
    {
        (_, null) => "",
        ([var file], { } at) => $" in {ForeignText.Clean(file)} ({(rows == 1 ? "" : "first: ")}line {at.Line})",
        (_, { } at) => $" in {Files.Count} files (first: {ForeignText.Clean(at.ToString())})",
    };

    // Rows of 'of' beyond those that 'others' has as well; duplicates count.
    private static List<RowEntry> Missing(IReadOnlyList<RowEntry> of, IReadOnlyList<RowEntry> others)
    {
        var left = new Dictionary<Digest, int>();
        foreach (RowEntry row in others)
        {
            left[row.Id] = left.GetValueOrDefault(row.Id) + 1;
        }

        var missing = new List<RowEntry>();
        foreach (RowEntry row in of)
        {
            if (left.TryGetValue(row.Id, out int count) && count > 0)
            {
                left[row.Id] = count - 1;
            }
            else
            {
                missing.Add(row);
            }
        }

        return missing;
    }

    private static void PairSameQuestions(List<RowEntry> removed, List<RowEntry> added, List<RowPair> changed)
    {
        Dictionary<ulong, Queue<RowEntry>> old = removed.GroupBy(r => r.Prompt).ToDictionary(g => g.Key, g => new Queue<RowEntry>(g));
        var still = new List<RowEntry>();
        foreach (RowEntry row in added)
        {
            if (old.TryGetValue(row.Prompt, out Queue<RowEntry>? candidates) && candidates.TryDequeue(out RowEntry was))
            {
                changed.Add(new RowPair(was, row));
            }
            else
            {
                still.Add(row);
            }
        }

        added.Clear();
        added.AddRange(still);
        removed.Clear();
        removed.AddRange(old.Values.SelectMany(q => q));
    }

    private static void PairClosest(List<RowEntry> removed, List<RowEntry> added, List<RowPair> changed)
    {
        foreach (RowEntry row in added.ToArray())
        {
            int best = -1, bestLikeness = CloseFrom - 1;
            for (int i = 0; i < removed.Count; i++)
            {
                // The same place decides between two that are equally close.
                int likeness = RowEntry.Likeness(removed[i].Sketch, row.Sketch);
                bool samePlace = likeness == bestLikeness && best >= 0 && removed[i].Line == row.Line;
                if (likeness > bestLikeness || samePlace)
                {
                    (best, bestLikeness) = (i, likeness);
                }
            }

            if (best >= 0)
            {
                changed.Add(new RowPair(removed[best], row));
                removed.RemoveAt(best);
                added.Remove(row);
            }
        }
    }

    private static SourceLocation? InFileOrder(DatasetSet set, IEnumerable<RowEntry> rows)
    {
        RowEntry[] ordered = [.. rows.OrderBy(r => set.Files[r.File].Path, StringComparer.Ordinal).ThenBy(r => r.Line)];
        return ordered.Length == 0 ? null : set.Location(ordered[0]);
    }
}
