using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>Turns the records of one source into rows. One instance per thread.</summary>
internal sealed class RecordConverter
{
    private readonly SourceSpec _source;
    private readonly JsonTree _tree = new();
    private readonly RowWriter _row;
    private readonly CsvColumns? _columns;

    private RecordConverter(SourceSpec source, CsvColumns? columns)
        => (_source, _columns, _row) = (source, columns, new RowWriter(new RowText(), source.Normalize));

    /// <summary>The row of the record that was converted last, without a line end.</summary>
    public RowText Row => _row.Text;

    /// <summary>Null when the header lacks a column, which is reported.</summary>
    public static RecordConverter? For(SourceSpec source, ReadOnlySpan<byte> file, Action<Diagnostic> problem)
    {
        if (source.Format != SourceFormat.Csv)
        {
            return new RecordConverter(source, null);
        }

        return CsvColumns.Read(source, file, problem) is { } columns ? new RecordConverter(source, columns) : null;
    }

    /// <summary>Fields of CSV that no metadata names, so that they are no part of the rows.</summary>
    public IReadOnlyList<string> Ignored => _columns?.Ignored ?? [];

    /// <summary>Writes the record's row; null when there is none.</summary>
    /// <param name="group">What its group is called; null when the source names no field.</param>
    public Diagnostic? Convert(ReadOnlyMemory<byte> file, SourceRecord record, out string? group)
    {
        group = null;
        Row.Clear();
        if (_columns is not null)
        {
            group = _columns.Write(_row, file.Span, record);
            return null;
        }

        _row.Base = record.Start;
        if (!_tree.TryParse(file.Slice(record.Start, record.Length), out JsonProblem problem))
        {
            return DataErrors.Json(problem.Kind, At(file.Span, record, problem.Offset), problem.Detail);
        }

        JsonItem root = _tree.Root;
        if (root.Kind != JsonKind.Object)
        {
            return DataErrors.NotAnObject(At(file.Span, record, root.Offset), root.Kind);
        }

        try
        {
            if (_source.Group is { } field)
            {
                group = GroupOf(Required(root, field));
            }

            Row.From(_row.Base + root.Offset);
            Write(root);
            return null;
        }
        catch (RecordException wrong)
        {
            return wrong.Say(At(file.Span, record, wrong.Offset));
        }
    }

    private void Write(JsonItem root)
    {
        switch (_source.Format)
        {
            case SourceFormat.PromptCompletion:
                new ConversationWriter(_row).Pair(
                    Optional(root, _source.SystemField), Required(root, _source.Prompt ?? "prompt"), Required(root, _source.Completion ?? "completion"));
                break;
            case SourceFormat.Alpaca:
                new ConversationWriter(_row).Alpaca(Optional(root, _source.SystemField), Optional(root, "history"), Required(root, _source.Prompt ?? "instruction"), Optional(root, "input"), Required(root, _source.Completion ?? "output"));
                break;
            case SourceFormat.ShareGpt:
                new ConversationWriter(_row).ShareGpt(Optional(root, _source.SystemField), root.TryGet("conversations", out JsonItem turns) ? turns : Required(root, "conversation"));
                break;
            default:
                _row.Value(root);
                return;
        }

        foreach (JsonMember kept in root.Members().Where(m => _source.Fields.Contains(m.Name, StringComparer.Ordinal)))
        {
            Row.Literal(","u8);
            _row.Name(kept);
            _row.Value(kept.Value);
        }

        Row.Literal("}"u8);
    }

    private JsonItem Required(JsonItem root, string field)
        => Optional(root, field) ?? throw new RecordException(root.Offset, at => PreparationErrors.NoField(at, _source.Format, field, root.Members().Select(m => m.Name)));

    private static JsonItem? Optional(JsonItem root, string field) => root.TryGet(field, out JsonItem value) && value.Kind != JsonKind.Null ? value : null;

    private static string GroupOf(JsonItem value) => value.Kind switch
    {
        JsonKind.String => value.GetString(),
        JsonKind.Number or JsonKind.True or JsonKind.False => System.Text.Encoding.UTF8.GetString(value.Raw),
        _ => throw new RecordException(value.Offset, at => PreparationErrors.NoText(at, "the group", ConversationWriter.Word(value.Kind))),
    };

    private SourceLocation At(ReadOnlySpan<byte> file, SourceRecord record, int offset) => SourceRecords.Place(_source.Path, file, record.Start + offset, record);
}

/// <summary>What makes a record unusable, at a byte of it.</summary>
internal sealed class RecordException(int offset, Func<SourceLocation, Diagnostic> say) : Exception
{
    public int Offset => offset;

    public Func<SourceLocation, Diagnostic> Say => say;
}
