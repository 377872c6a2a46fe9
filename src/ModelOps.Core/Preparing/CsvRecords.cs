using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>A cell of CSV: its bytes without the quotes around them, with the doubled quotes inside.</summary>
internal readonly record struct CsvCell(int Start, int Length, bool Quoted)
{
    /// <summary>UTF-8 of what the cell means.</summary>
    public string Text(ReadOnlySpan<byte> file)
    {
        string text = Encoding.UTF8.GetString(file.Slice(Start, Length));
        return Quoted ? text.Replace("\"\"", "\"", StringComparison.Ordinal) : text;
    }
}

/// <summary>
/// CSV of RFC 4180 over UTF-8: quoted cells with separators, line breaks and doubled quotes; CRLF, LF or CR; comma, semicolon or tab, whichever the header has most of. Stricter than a
/// spreadsheet: a quote inside an unquoted cell, text after a closing quote and a record with another number of cells are errors, because each is usually a broken export.
/// </summary>
internal static class CsvRecords
{
    /// <summary>All records with the header first; lines without any character are passed over.</summary>
    public static List<SourceRecord> Of(SourceSpec source, ReadOnlySpan<byte> file, int start, Action<Diagnostic> problem)
    {
        var records = new List<SourceRecord>();
        byte separator = Separator(file[start..]);
        int columns = 0;
        for (int at = start, line = 1; at < file.Length;)
        {
            if (file[at] is (byte)'\r' or (byte)'\n')
            {
                at += LineBreak(file, at);
                line++;
                continue;
            }

            int begins = at, cells = 0;
            for (bool more = true; more; cells++)
            {
                if (!Cell(file, separator, ref at, out _, out (int At, string What) wrong))
                {
                    problem(PreparationErrors.InvalidCsv(SourceRecords.Place(source.Path, file, wrong.At), wrong.What));
                    return records;
                }

                more = at < file.Length && file[at] == separator;
                at += more ? 1 : 0;
            }

            columns = records.Count == 0 ? cells : columns;
            if (cells != columns)
            {
                problem(PreparationErrors.InvalidCsv(SourceRecords.Place(source.Path, file, begins), $"the record has {cells} cell{(cells == 1 ? "" : "s")} and the header {columns}"));
                return records;
            }

            records.Add(new SourceRecord(begins, at - begins, line));
            line += Breaks(file[begins..at]);
        }

        return records;
    }

    /// <summary>The cells of a record that <see cref="Of"/> found.</summary>
    public static List<CsvCell> Cells(ReadOnlySpan<byte> file, SourceRecord record, byte separator)
    {
        var cells = new List<CsvCell>();
        for (int at = record.Start, end = record.Start + record.Length; ;)
        {
            _ = Cell(file, separator, ref at, out CsvCell cell, out _);
            cells.Add(cell);
            if (at >= end || file[at] != separator)
            {
                return cells;
            }

            at++;
        }
    }

    /// <summary>What separates cells: the most frequent of comma, semicolon and tab in the header, outside of quotes.</summary>
    public static byte Separator(ReadOnlySpan<byte> text)
    {
        int commas = 0, semicolons = 0, tabs = 0;
        bool quoted = false;
        foreach (byte b in text)
        {
            quoted ^= b == '"';
            if (!quoted && b is (byte)'\r' or (byte)'\n')
            {
                if (!quoted)
                {
                    break;
                }
            }

            commas += !quoted && b == ',' ? 1 : 0;
            semicolons += !quoted && b == ';' ? 1 : 0;
            tabs += !quoted && b == '\t' ? 1 : 0;
        }

        return semicolons > commas && semicolons >= tabs ? (byte)';' : tabs > commas ? (byte)'\t' : (byte)',';
    }

    // Leaves 'at' behind the cell: at a separator, a line break or the end.
    private static bool Cell(ReadOnlySpan<byte> file, byte separator, ref int at, out CsvCell cell, out (int At, string What) wrong)
    {
        wrong = default;
        int start = at;
        if (at < file.Length && file[at] == '"')
        {
            return QuotedCell(file, separator, ref at, out cell, out wrong);
        }

        while (at < file.Length && file[at] != separator && file[at] is not ((byte)'\r' or (byte)'\n'))
        {
            if (file[at] == '"')
            {
                (cell, wrong) = (default, (at, "a quote stands inside a cell that does not begin with one"));
                return false;
            }

            at++;
        }

        cell = new CsvCell(start, at - start, false);
        return true;
    }

    private static bool QuotedCell(ReadOnlySpan<byte> file, byte separator, ref int at, out CsvCell cell, out (int At, string What) wrong)
    {
        (cell, wrong) = (default, default);
        int start = at + 1;
        for (at = start; ; at += 2)
        {
            int quote = at <= file.Length ? file[at..].IndexOf((byte)'"') : -1;
            if (quote < 0)
            {
                wrong = (start - 1, "the quoted cell does not end");
                return false;
            }

            at += quote;
            if (at + 1 >= file.Length || file[at + 1] != '"')
            {
                break;
            }
        }

        cell = new CsvCell(start, at - start, true);
        at++;
        if (at < file.Length && file[at] != separator && file[at] is not ((byte)'\r' or (byte)'\n'))
        {
            wrong = (at, "text follows the quote that ends a cell");
            return false;
        }

        return true;
    }

    private static int LineBreak(ReadOnlySpan<byte> file, int at) => file[at] == '\r' && at + 1 < file.Length && file[at + 1] == '\n' ? 2 : 1;

    // CRLF, LF and CR each count once, as LineBreak has them.
    private static int Breaks(ReadOnlySpan<byte> text)
    {
        int breaks = 0;
        for (int i = 0; i < text.Length; i++)
        {
            breaks += text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')) ? 1 : 0;
        }

        return breaks;
    }
}
