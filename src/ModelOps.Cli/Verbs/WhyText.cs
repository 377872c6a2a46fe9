using System.Text.Json.Nodes;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline;

namespace ModelOps.Cli.Verbs;

/// <summary>The answer of <c>why</c>: for people, and as data. Pure functions.</summary>
internal static class WhyText
{
    /// <summary>Rows listed one by one before "and n more".</summary>
    private const int MostRows = 10;

    public static IEnumerable<string> Lines(string project, WhyResult why)
    {
        string key = why.Current.Key.Short;
        yield return why.Next switch
        {
            NextTraining.UpToDate => $"{project}: would not train: the adapter is up to date (key {key})",
            NextTraining.Restore => $"{project}: would not train: the store has the result (key {key}), it would be put in place",
            _ => $"{project}: would train (key {key})",
        };
        if (why.Next == NextTraining.UpToDate)
        {
            yield break;
        }

        if (why.Difference is not { IsEmpty: false } difference)
        {
            yield return $"  {why.Reason}";
            yield break;
        }

        yield return $"  compared with the adapter at hand (key {why.Trained!.Key.Short}):";
        foreach (RowsChange change in difference.Rows)
        {
            yield return $"  {change with { First = null }}";
            foreach (string row in Rows(change, why))
            {
                yield return $"    {row}";
            }
        }

        foreach (FieldChange field in difference.Fields)
        {
            yield return $"  {new KeyDifference([field], []).ToLine()}";
        }
    }

    public static object Json(string project, WhyResult why) => new
    {
        verb = "why",
        project,
        next = why.Next switch { NextTraining.UpToDate => "upToDate", NextTraining.Restore => "restore", _ => "train" },
        reason = why.Reason,
        key = why.Current.Key.ToString(),
        trainedKey = why.Trained?.Key.ToString(),
        fields = why.Difference?.Fields.Select(f => new { name = f.Name, old = Value(f.Old), @new = Value(f.New) }) ?? [],
        rows = why.Difference?.Rows.Select(r => new
        {
            set = r.Kind.Name(),
            added = r.Added.Select(row => Place(After(why, r), row)),
            removed = r.Removed.Select(row => Place(Before(why, r), row)),
            changed = r.Changed.Select(pair => new { old = Place(Before(why, r), pair.Old), @new = Place(After(why, r), pair.New) }),
        }) ?? [],
    };

    private static IEnumerable<string> Rows(RowsChange change, WhyResult why)
    {
        string[] all =
        [
            .. change.Changed.Select(pair => $"~ {After(why, change).Location(pair.New)}"),
            .. change.Added.Select(row => $"+ {After(why, change).Location(row)}"),
            .. change.Removed.Select(row => $"- {Before(why, change).Location(row)}"),
        ];
        return all.Length <= MostRows ? all : [.. all.Take(MostRows), $"and {all.Length - MostRows} more"];
    }

    // Rows are only compared where both manifests have the set.
    private static DatasetSet Before(WhyResult why, RowsChange change) => why.Before!.Set(change.Kind)!;

    private static DatasetSet After(WhyResult why, RowsChange change) => why.After!.Set(change.Kind)!;

    private static JsonNode? Value(string? canonicalJson) => canonicalJson is null ? null : JsonNode.Parse(canonicalJson);

    private static object Place(DatasetSet set, RowEntry row)
    {
        SourceLocation at = set.Location(row);
        return new { row = row.Id.ToString(), file = at.File, line = at.Line };
    }
}
