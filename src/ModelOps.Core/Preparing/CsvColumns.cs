using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>Which columns of a CSV file are what.</summary>
internal sealed class CsvColumns
{
    private readonly byte _separator;
    private readonly int _system, _prompt, _completion, _group;
    private readonly (int Column, byte[] Name)[] _fields;

    private CsvColumns(byte separator, SourceSpec source, List<string> header, Func<string, int> find)
    {
        _separator = separator;
        _system = source.System is null ? header.IndexOf("system") : find(source.System);
        _prompt = find(source.Prompt ?? "prompt");
        _completion = find(source.Completion ?? "completion");
        _group = source.Group is null ? -1 : find(source.Group);
        _fields = [.. source.Fields.Select(f => (find(f), Name(f)))];
        int[] used = [_system, _prompt, _completion, _group, .. _fields.Select(f => f.Column)];
        Ignored = [.. header.Where((_, i) => !used.Contains(i))];
    }

    public IReadOnlyList<string> Ignored { get; }

    /// <summary>Null when a column is missing, which is reported.</summary>
    public static CsvColumns? Read(SourceSpec source, ReadOnlySpan<byte> file, Action<Diagnostic> problem)
    {
        int start = file.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        List<SourceRecord> first = CsvRecords.Of(source, HeaderOf(file, start), start, _ => { });
        if (first.Count == 0)
        {
            return null; // Whoever cut the file into records says what is wrong, or it is empty.
        }

        byte separator = CsvRecords.Separator(file[start..]);
        var header = new List<string>();
        foreach (CsvCell cell in CsvRecords.Cells(file, first[0], separator))
        {
            header.Add(cell.Text(file).Trim());
        }

        var at = new SourceLocation(source.Path, first[0].Line, 1);
        bool complete = true;
        int Find(string name)
        {
            int column = header.IndexOf(name);
            if (column < 0 || header.LastIndexOf(name) != column)
            {
                complete = false;
                problem(column < 0 ? PreparationErrors.NoColumn(at, name, header) : PreparationErrors.RepeatedColumn(at, name));
            }

            return column;
        }

        var columns = new CsvColumns(separator, source, header, Find);
        return complete ? columns : null;
    }

    /// <summary>Writes the row and returns the record's group.</summary>
    public string? Write(RowWriter row, ReadOnlySpan<byte> file, SourceRecord record)
    {
        List<CsvCell> cells = CsvRecords.Cells(file, record, _separator);
        row.Text.From(record.Start).Literal("{\"messages\":["u8);
        if (_system >= 0 && cells[_system].Length > 0)
        {
            Message(row, file, "system"u8, cells[_system]);
            row.Text.Literal(","u8);
        }

        Message(row, file, "user"u8, cells[_prompt]);
        row.Text.Literal(","u8);
        Message(row, file, "assistant"u8, cells[_completion]);
        row.Text.Literal("]"u8);
        foreach ((int column, byte[] name) in _fields)
        {
            row.Text.Literal(","u8).Literal(name).Literal(":"u8);
            row.Cell(file, cells[column]);
        }

        row.Text.Literal("}"u8);
        return _group < 0 ? null : cells[_group].Text(file);
    }

    private static void Message(RowWriter row, ReadOnlySpan<byte> file, ReadOnlySpan<byte> role, CsvCell cell)
    {
        row.Text.From(cell.Start).Literal("{\"role\":\""u8).Literal(role).Literal("\",\"content\":"u8);
        row.Cell(file, cell);
        row.Text.Literal("}"u8);
    }

    // Up to the first line break outside of quotes.
    private static ReadOnlySpan<byte> HeaderOf(ReadOnlySpan<byte> file, int start)
    {
        bool quoted = false, any = false;
        for (int i = start; i < file.Length; i++)
        {
            bool ends = file[i] is (byte)'\r' or (byte)'\n';
            quoted ^= file[i] == '"';
            any |= !ends;
            if (ends && any && !quoted)
            {
                return file[..i];
            }
        }

        return file;
    }

    private static byte[] Name(string field)
    {
        var name = new System.Buffers.ArrayBufferWriter<byte>();
        Artifacts.JsonStrings.WriteQuoted(Encoding.UTF8.GetBytes(field), name);
        return name.WrittenSpan.ToArray();
    }
}
