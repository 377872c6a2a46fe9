using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Reviewing;

/// <summary>
/// A sheet for one rater: answers without the name of who gave them, in an order of their own, and an empty column per question. Equal answers of two subjects stand there
/// once.
/// </summary>
public static class ReviewSheet
{
    private static readonly string[] s_fixed = ["item", "input", "right answer", "answer"];
    private const string Comment = "comment";

    /// <param name="rater">Changes the order, so that fatigue falls on other rows.</param>
    public static byte[] Write(IReadOnlyList<ReviewItem> items, IReadOnlyList<ReviewAttribute> attributes, string rater, ulong seed)
    {
        IEnumerable<IReadOnlyList<string>> rows = Shuffled(items, seed, rater)
            .Select(i => (IReadOnlyList<string>)[i.Id, Csv.Foreign(i.Row.Input), Csv.Foreign(i.Row.Reference), Csv.Foreign(i.Answer), .. attributes.Select(_ => ""), ""]);
        return Csv.Write(rows.Prepend([.. s_fixed, .. attributes.Select(a => a.ToString()), Comment]));
    }

    /// <summary>Whole rows by chance: every subject's answer to each chosen row is in the sheet.</summary>
    /// <param name="rows">How many; 0: all.</param>
    public static IReadOnlyList<ReviewItem> Choose(IReadOnlyList<ReviewItem> items, int rows, ulong seed)
    {
        string[] ids = [.. items.Select(i => i.Row.Id).Distinct(StringComparer.Ordinal)];
        var chosen = new HashSet<string>(rows == 0 ? ids : Permutation(ids.Length, seed, 0).Take(rows).Select(i => ids[i]), StringComparer.Ordinal);
        return [.. items.Where(i => chosen.Contains(i.Row.Id))];
    }

    /// <summary>What a rater filled in; empty cells are no ratings.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5321</c>: no sheet; <c>MOPS5322</c>: a value that the question does not have; <c>MOPS5323</c>: one answer rated twice.</exception>
    public static (IReadOnlyList<ReviewAttribute> Attributes, IReadOnlyList<Rating> Ratings) Read(string file, string text, string rater)
    {
        IReadOnlyList<(int Line, IReadOnlyList<string> Cells)> rows = Rows(file, text);
        string[] header = [.. (rows.Count == 0 ? [] : rows[0].Cells).Select(c => c.Trim())];
        int item = Array.IndexOf(header, s_fixed[0]);
        (int Column, ReviewAttribute Attribute)[] questions =
            [.. header.Index().Where(h => h.Index != item && ReviewAttribute.TryParse(h.Item) is not null).Select(h => (h.Index, ReviewAttribute.TryParse(h.Item)!))];
        if (item < 0 || questions.Length == 0)
        {
            throw ReviewErrors.NotASheet(new SourceLocation(file, 1), item < 0 ? "no column 'item'" : "no column of a question, such as 'helpful=1..5'");
        }

        var ratings = new List<Rating>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int line, IReadOnlyList<string> cells) in rows.Skip(1))
        {
            string id = item < cells.Count ? cells[item].Trim() : "";
            if (!seen.Add(id))
            {
                throw ReviewErrors.RatedTwice(new SourceLocation(file, line), id);
            }

            foreach ((int column, ReviewAttribute attribute) in questions)
            {
                if (column < cells.Count && cells[column].Trim() is { Length: > 0 } said)
                {
                    int value = attribute.IndexOf(said) ?? throw ReviewErrors.NoSuchValue(new SourceLocation(file, line, column + 1), attribute, said);
                    ratings.Add(new Rating(id, attribute.Name, rater, attribute.Values[value]));
                }
            }
        }

        return ([.. questions.Select(q => q.Attribute)], ratings);
    }

    private static IReadOnlyList<(int Line, IReadOnlyList<string> Cells)> Rows(string file, string text)
    {
        try
        {
            return Csv.Read(text);
        }
        catch (FormatException failure)
        {
            throw ReviewErrors.NotASheet(new SourceLocation(file, 1), failure.Message);
        }
    }

    private static IEnumerable<ReviewItem> Shuffled(IReadOnlyList<ReviewItem> items, ulong seed, string rater)
    {
        uint stream = rater.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619u));
        return Permutation(items.Count, seed, stream == 0 ? 1 : stream).Select(i => items[i]);
    }

    // Fisher and Yates with the counter-based generator of the bootstrap: the same sheet on every machine.
    internal static int[] Permutation(int count, ulong seed, uint stream)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        var draw = new int[1];
        for (int i = count - 1; i > 0; i--)
        {
            Philox.FillIndices(draw, i + 1, seed + (ulong)i, stream);
            (order[i], order[draw[0]]) = (order[draw[0]], order[i]);
        }

        return order;
    }
}
