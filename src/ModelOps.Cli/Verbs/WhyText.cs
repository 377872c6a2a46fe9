using System.Text.Json.Nodes;
using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Comparing;

namespace ModelOps.Cli.Verbs;

/// <summary>The answer of <c>why</c>: for people, and as data. Pure functions.</summary>
internal static class WhyText
{
    /// <summary>Rows listed one by one before "and n more".</summary>
    private const int MostRows = 10;

    /// <param name="rows">What became of each row; from <see cref="RowStory.Tell"/>.</param>
    public static IEnumerable<string> Lines(string project, WhyResult why, IReadOnlyList<RowStory> rows)
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
        foreach (string line in Difference(difference, rows))
        {
            yield return $"  {line}";
        }
    }

    /// <summary>Row by row, then field by field.</summary>
    public static IEnumerable<string> Difference(KeyDifference difference, IReadOnlyList<RowStory> rows)
    {
        foreach (RowsChange change in difference.Rows)
        {
            yield return change.ToString();
            RowStory[] own = [.. rows.Where(r => r.Kind == change.Kind)];
            foreach (string line in own.Take(MostRows).SelectMany(r => r.Lines()))
            {
                yield return $"  {line}";
            }

            if (own.Length > MostRows)
            {
                yield return $"  and {own.Length - MostRows} more";
            }
        }

        foreach (string line in difference.Fields.Select(field => (difference with { Fields = [field], Rows = [] }).ToLine()).Distinct(StringComparer.Ordinal))
        {
            yield return line;
        }
    }

    public static object Json(string project, WhyResult why, IReadOnlyList<RowStory> rows) => new
    {
        verb = "why",
        project,
        next = why.Next switch { NextTraining.UpToDate => "upToDate", NextTraining.Restore => "restore", _ => "train" },
        reason = why.Reason,
        key = why.Current.Key.ToString(),
        trainedKey = why.Trained?.Key.ToString(),
        fields = why.Difference?.Fields.Select(Field) ?? [],
        rows = why.Difference?.Rows.Select(r => Rows(r.Kind, rows)) ?? [],
    };

    public static object Field(FieldChange field) => new { name = field.Name, old = Value(field.Old), @new = Value(field.New) };

    public static object Rows(DatasetKind kind, IReadOnlyList<RowStory> rows) => new
    {
        set = kind.Name(),
        added = rows.Where(r => r.Kind == kind && r.Sign == '+').Select(Story),
        removed = rows.Where(r => r.Kind == kind && r.Sign == '-').Select(Story),
        changed = rows.Where(r => r.Kind == kind && r.Sign == '~').Select(Story),
    };

    private static object Story(RowStory story) => new
    {
        row = (story.New ?? story.Old)!.Value.Id.ToString(),
        oldRow = story.Sign == '~' ? story.Old!.Value.Id.ToString() : null,
        file = story.At.File,
        line = story.At.Line,
        difference = story is { Sign: '~', OldText: { } old, NewText: { } now } ? TextDifference.Between(old, now).Select(p => new { sign = p.Sign.ToString(), text = p.Text }) : null,
        text = story.Sign == '~' ? null : story.OldText ?? story.NewText,
        by = story.By is { } by ? new { commit = by.Commit, name = by.Commit is null ? null : by.Name, date = by.Commit is null ? (DateTimeOffset?)null : by.When } : null,
    };

    private static JsonNode? Value(string? canonicalJson) => canonicalJson is null ? null : JsonNode.Parse(canonicalJson);
}
