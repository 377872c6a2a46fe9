using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Reviewing;

namespace ModelOps.Core.Making;

/// <summary>
/// A CSV sheet in which one person decides about items. Whoever makes it again only adds to it: what was filled in stays, and a row whose item is gone stays too. The reviewer is the word
/// before <c>.csv</c>.
/// </summary>
internal sealed class DecisionSheet
{
    private const string Item = "item";

    private readonly string[] _columns;
    private readonly List<(int Line, IReadOnlyList<string> Cells)> _rows;

    private DecisionSheet(string file, string[] columns, List<(int, IReadOnlyList<string>)> rows) => (File, _columns, _rows) = (file, columns, rows);

    public string File { get; }

    public string Reviewer => Path.GetFileNameWithoutExtension(File).Split('.')[^1];

    /// <param name="columns">After the item; all of them must be there.</param>
    /// <exception cref="DiagnosticException"><c>MOPS1137</c>: no such sheet, or an item stands in it twice.</exception>
    public static DecisionSheet Read(string file, IReadOnlyList<string> columns)
    {
        string[] expected = [Item, .. columns];
        if (!System.IO.File.Exists(file))
        {
            return new DecisionSheet(file, expected, []);
        }

        (int Line, IReadOnlyList<string> Cells)[] all;
        try
        {
            all = [.. Csv.Read(System.IO.File.ReadAllText(file))];
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw MakingErrors.NotASheet(new SourceLocation(file, 1), e.Message);
        }

        string[] header = [.. (all.Length == 0 ? [] : all[0].Cells).Select(c => c.Trim())];
        int[] places = [.. expected.Select(name => Array.IndexOf(header, name))];
        if (Array.IndexOf(places, -1) is >= 0 and int missing)
        {
            throw MakingErrors.NotASheet(new SourceLocation(file, 1), $"it has no column '{expected[missing]}'");
        }

        List<(int Line, IReadOnlyList<string> Cells)> rows = [.. all.Skip(1).Select(row => (row.Line, (IReadOnlyList<string>)[.. places.Select(p => p < row.Cells.Count ? row.Cells[p] : "")]))];
        return rows.GroupBy(r => r.Cells[0].Trim(), StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw MakingErrors.NotASheet(new SourceLocation(file, twice.Last().Line), $"the item '{twice.Key}' stands in it twice")
            : new DecisionSheet(file, expected, rows);
    }

    /// <summary>Writes the items that it does not have yet below the others; leaves the file alone when there are none.</summary>
    /// <param name="items">Id, and the cells of the columns that say what the item is.</param>
    public void Grow(IEnumerable<(string Id, IReadOnlyList<string> Cells)> items)
    {
        var known = new HashSet<string>(_rows.Select(r => r.Cells[0].Trim()), StringComparer.Ordinal);
        (string Id, IReadOnlyList<string> Cells)[] added = [.. items.Where(i => known.Add(i.Id))];
        if (added.Length == 0)
        {
            return;
        }

        IEnumerable<IReadOnlyList<string>> rows = _rows.Select(r => r.Cells)
            .Concat(added.Select(i => (IReadOnlyList<string>)[i.Id, .. i.Cells.Select(Csv.Foreign), .. Enumerable.Repeat("", _columns.Length - 1 - i.Cells.Count)]));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(File))!);
        AtomicFile.WriteIfDifferent(File, Csv.Write(rows.Prepend(_columns)));
    }

    /// <summary>What was filled in: item, place and cell by column.</summary>
    public IEnumerable<(string Id, SourceLocation At, Func<string, string> Cell)> Rows()
        => _rows.Select(row => (row.Cells[0].Trim(), new SourceLocation(File, row.Line), (Func<string, string>)(name => row.Cells[Array.IndexOf(_columns, name)])));

    /// <summary>An item's id: the same content has the same one, whoever makes it and when.</summary>
    public static string IdOf(params ReadOnlySpan<string> content)
        => "m" + Digest.Of(Encoding.UTF8.GetBytes(string.Join('\u0001', content))).Hex[..16]; // a letter first: spreadsheets would read 12e45 as a number

    /// <summary>A conversation for a cell.</summary>
    public static string Show(IReadOnlyList<Protocol.PromptMessage> messages)
        => messages is [var one] ? one.Content : string.Join("\n\n", messages.Select(m => $"{m.Role}: {m.Content}"));
}
