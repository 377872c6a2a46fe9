using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Git;

namespace ModelOps.Pipeline.Comparing;

/// <summary>What became of one row.</summary>
/// <param name="Sign"><c>+</c> added, <c>-</c> removed, <c>~</c> changed.</param>
/// <param name="Old">Null where there was none; so is <paramref name="New"/>.</param>
/// <param name="OldText">Null when it is not at hand; so is <paramref name="NewText"/>.</param>
/// <param name="By">Who did it; null when git does not know.</param>
public sealed record RowStory(
    DatasetKind Kind, char Sign, RowEntry? Old, RowEntry? New, SourceLocation At, string? OldText, string? NewText, RowAuthor? By)
{
    /// <summary>For people: the place, who did it, and the text; foreign text is clean.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"{Sign} {ForeignText.Clean(At.ToString())}{(By is null ? "" : $"  {By}")}";
        if ((Sign == '~' && (OldText is null || NewText is null)) || (OldText ?? NewText) is null)
        {
            yield break;
        }

        yield return $"    {(OldText == NewText ? "another property than the messages" : Sign == '~' ? TextDifference.ToLine(OldText!, NewText!) : ForeignText.Clean(OldText ?? NewText, 120))}";
    }

    /// <summary>Row by row, in the order of changes, additions, removals.</summary>
    /// <param name="most">Rows looked up at most; the others have no author.</param>
    public static IReadOnlyList<RowStory> Tell(
        IEnumerable<RowsChange> changes, DatasetManifest before, DatasetManifest after, IReadOnlyDictionary<Digest, string> texts, RowHistory? history, int most = 200)
    {
        var stories = new List<RowStory>();
        foreach (RowsChange change in changes)
        {
            DatasetSet old = before.Set(change.Kind)!, now = after.Set(change.Kind)!;
            stories.AddRange(change.Changed.Select(c => Story('~', c.Old, c.New, now.Location(c.New))));
            stories.AddRange(change.Added.Select(r => Story('+', null, r, now.Location(r))));
            stories.AddRange(change.Removed.Select(r => Story('-', r, null, old.Location(r))));
            RowStory Story(char sign, RowEntry? was, RowEntry? @is, SourceLocation at) => new(change.Kind, sign, was, @is, at, TextOf(was), TextOf(@is), null);
        }

        return history is null ? stories : Attribute(stories, history, most);

        string? TextOf(RowEntry? row) => row is { } entry ? texts.GetValueOrDefault(entry.Id) : null;
    }

    private static List<RowStory> Attribute(List<RowStory> stories, RowHistory history, int most)
    {
        IReadOnlyDictionary<Digest, RowAuthor> added = history.WhoAdded(stories.Take(most).Where(s => s.New is not null).Select(s => s.New!.Value.Id));
        IReadOnlyDictionary<Digest, RowAuthor> removed = history.WhoRemoved(stories.Take(most).Where(s => s.New is null).Select(s => s.Old!.Value.Id));
        return [.. stories.Select(s => s with { By = s.New is { } row ? added.GetValueOrDefault(row.Id) : removed.GetValueOrDefault(s.Old!.Value.Id) })];
    }
}
