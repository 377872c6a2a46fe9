using System.Buffers;
using System.Text.Unicode;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>The rows of one <see cref="LineBlock"/>, and where their bytes are.</summary>
internal sealed record RowBlock(int FirstLine, Row[] Rows, RowSource Source)
{
    public int File => Source.FileIndex;

    public int RowsWithTools { get; init; }

    public (SourceLocation Location, string Property)? FirstTools { get; init; }

    public required UnknownFields Unknown { get; init; }

    /// <summary>What the canonical bytes were written to.</summary>
    public ArrayBufferWriter<byte>? Output { get; init; }
}

/// <summary>Turns lines into rows and says what is wrong with those that are none. One instance per thread.</summary>
internal sealed class RowParser
{
    private readonly bool _quick;
    private readonly JsonTree _tree = new();
    private readonly RowContent _content;
    private readonly RowChecker? _checker;

    // Made once: a delegate per row costs as much as parsing it.
    private readonly Action<JsonItem> _noteField;
    private ArrayBufferWriter<byte>? _spare;
    private CanonicalRowWriter _writer = new(new ArrayBufferWriter<byte>());
    private ReadOnlyMemory<byte> _line;
    private string _file = "";
    private int _lineNumber;
    private long _order;
    private ProblemList _problems = new();
    private int _rowsWithTools;
    private (SourceLocation, string)? _firstTools;
    private UnknownFields _unknown = new();

    /// <param name="quick">Plain rows take the quick way (<see cref="PlainRow"/>); the result is the same.</param>
    /// <param name="checks">What is looked for in the rows; null: only what makes a row unusable.</param>
    public RowParser(bool quick = true, DataChecks? checks = null)
        => (_quick, _content, _noteField, _checker) = (quick, new RowContent(At, Add), NoteField, checks is null ? null : new RowChecker(checks));

    /// <summary>Nobody reads the block's bytes in memory any more: the next one may have them.</summary>
    public void Reuse(ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        _spare = output;
    }

    public RowBlock ParseBlock(LineBlock block, string file, long order, ProblemList problems)
    {
        (_file, _problems, _rowsWithTools, _firstTools, _unknown) = (file, problems, 0, null, new UnknownFields());
        ArrayBufferWriter<byte> output = _spare ?? new ArrayBufferWriter<byte>(block.Text.Length + 256);
        _spare = null;
        _writer = new CanonicalRowWriter(output);
        var pieces = new List<Piece>();
        bool quick = _quick && Utf8.IsValid(block.Text.Span);
        ReadOnlyMemory<byte> rest = block.Text;
        for (_lineNumber = block.FirstLine; !rest.IsEmpty; _lineNumber++)
        {
            int end = rest.Span.IndexOf((byte)'\n');
            _line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            _order = order + _lineNumber;
            if (quick && PlainRow.TryWrite(_line.Span, output.GetSpan(_line.Length + PlainRow.Growth), out int length, out RowLayout layout))
            {
                pieces.Add(new Piece(_lineNumber, output.WrittenCount, length, layout));
                output.Advance(length);
                _checker?.Look(_line, file, block.File, _lineNumber, output.WrittenSpan[^length..], layout);
            }
            else if (_line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0 && ParseLine() is { } piece)
            {
                pieces.Add(piece);
                _checker?.Look(_line, file, block.File, _lineNumber, output.WrittenSpan.Slice(piece.Start, piece.Length), piece.Layout);
            }
        }

        RowSource source = _checker?.Source(file, block.File, pieces.Count) ?? new RowSource(file, block.File);
        source.Hold(output.WrittenMemory);
        var rows = new Row[pieces.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            Piece p = pieces[i];
            rows[i] = new Row(Digest.Of(output.WrittenSpan.Slice(p.Start, p.Length)), source, p.Start, p.Length, p.Layout, p.Line, i);
            _checker?.Compare(rows[i], output.WrittenSpan.Slice(p.Start, p.Length));
        }

        return new RowBlock(block.FirstLine, rows, source) { RowsWithTools = _rowsWithTools, FirstTools = _firstTools, Unknown = _unknown, Output = output };
    }

    private Piece? ParseLine()
    {
        if (!_tree.TryParse(_line, out JsonProblem problem))
        {
            Add(DataErrors.Json(problem.Kind, At(problem.Offset), problem.Detail));
            return null;
        }

        JsonItem root = _tree.Root;
        if (root.Kind != JsonKind.Object)
        {
            Add(DataErrors.NotAnObject(At(root.Offset), root.Kind));
            return null;
        }

        if (!_content.Read(root))
        {
            return null;
        }

        int start = _writer.Written;
        RowLayout layout = _writer.Write(root, _content, _noteField);
        return new Piece(_lineNumber, start, _writer.Written - start, layout);
    }

    private void NoteField(JsonItem name)
    {
        if (!UnknownFields.IsKnown(name))
        {
            _unknown.Add(name.GetString(), At(name.Offset), _order);
        }


        if (name.Utf8.SequenceEqual("tools"u8) || name.Utf8.SequenceEqual("functions"u8))
        {
            _rowsWithTools++;
            _firstTools ??= (At(name.Offset), name.GetString());
        }
    }

    private SourceLocation At(int offset)
    {
        (_, int column) = JsonProblem.Position(_line.Span, offset);
        return new SourceLocation(_file, _lineNumber, column);
    }

    private bool Add(Diagnostic diagnostic)
    {
        _problems.Add(diagnostic, _order);
        return false;
    }

    private readonly record struct Piece(int Line, int Start, int Length, RowLayout Layout);
}
