using System.Buffers;
using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Reviewing;

/// <summary>Comma-separated values as RFC 4180 has them, as spreadsheets write and read them: a byte order mark, CRLF, and a semicolon where the system's comma is a decimal one.</summary>
public static class Csv
{
    private const int LongestLine = 20_000;
    private const string Formula = "=+-@";
    private static readonly SearchValues<char> s_special = SearchValues.Create("\",;\r\n\t");

    /// <param name="rows">The header first.</param>
    public static byte[] Write(IEnumerable<IReadOnlyList<string>> rows)
    {
        var text = new StringBuilder();
        foreach (IReadOnlyList<string> row in rows)
        {
            text.AppendJoin(',', row.Select(Quoted)).Append("\r\n");
        }

        return [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text.ToString())];
    }

    /// <summary>
    /// Text of others for a cell: its line breaks stay, everything else is cleaned as for a log, and nothing in it starts a formula (an apostrophe before it; spreadsheets
    /// show none).
    /// </summary>
    public static string Foreign(string text)
    {
        string clean = string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => ForeignText.Clean(line, LongestLine)));
        return clean.TrimStart() is [var first, ..] && Formula.Contains(first, StringComparison.Ordinal) ? "'" + clean : clean;
    }

    /// <summary>The cells of every row with the line where it begins; rows without content are passed over.</summary>
    /// <exception cref="FormatException">A quoted cell does not end; the message names its line.</exception>
    public static IReadOnlyList<(int Line, IReadOnlyList<string> Cells)> Read(string text)
    {
        text = text.TrimStart('\uFEFF');
        char separator = SeparatorOf(text);
        var rows = new List<(int, IReadOnlyList<string>)>();
        int at = 0, line = 1;
        while (at < text.Length)
        {
            int begins = line;
            List<string> cells = Row(text, separator, ref at, ref line);
            if (cells.Exists(c => c.Length > 0))
            {
                rows.Add((begins, cells));
            }
        }

        return rows;
    }

    // The header has no text of others: what stands there most often is the separator.
    private static char SeparatorOf(string text)
    {
        string header = text.Split('\n', 2)[0];
        return header.Count(c => c == ';') > header.Count(c => c == ',') ? ';' : header.Contains('\t') && !header.Contains(',') ? '\t' : ',';
    }

    private static List<string> Row(string text, char separator, ref int at, ref int line)
    {
        var cells = new List<string>();
        while (true)
        {
            cells.Add(at < text.Length && text[at] == '"' ? QuotedCell(text, ref at, ref line) : PlainCell(text, separator, ref at));
            if (at >= text.Length)
            {
                return cells;
            }

            char end = text[at++];
            if (end == separator)
            {
                continue;
            }

            if (end == '\r' && at < text.Length && text[at] == '\n')
            {
                at++;
            }

            line++;
            return cells;
        }
    }

    private static string PlainCell(string text, char separator, ref int at)
    {
        int from = at;
        while (at < text.Length && text[at] != separator && text[at] is not ('\r' or '\n'))
        {
            at++;
        }

        return text[from..at];
    }

    private static string QuotedCell(string text, ref int at, ref int line)
    {
        int begins = line;
        var cell = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                line += text[at] == '\n' ? 1 : 0;
                cell.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                cell.Append(text[at++]);
            }
            else
            {
                // What stands between the closing quote and the separator is kept, as spreadsheets do.
                at++;
                while (at < text.Length && text[at] is not (',' or ';' or '\t' or '\r' or '\n'))
                {
                    cell.Append(text[at++]);
                }

                return cell.ToString();
            }
        }

        throw new FormatException($"the quoted cell that begins in line {begins} does not end");
    }

    private static string Quoted(string cell)
        => cell.AsSpan().ContainsAny(s_special) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
