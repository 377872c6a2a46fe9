using System.Buffers;
using System.Text.Unicode;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>The rows of one <see cref="LineBlock"/>.</summary>
internal sealed record RowBlock(int File, int FirstLine, Row[] Rows)
{
    public int RowsWithTools { get; init; }

    public (SourceLocation Location, string Property)? FirstTools { get; init; }
}

/// <summary>Turns lines into rows and says what is wrong with those that are none. One instance per thread.</summary>
internal sealed class RowParser
{
    private readonly bool _quick;
    private readonly JsonTree _tree = new();
    private readonly RowContent _content;

    // Made once: a delegate per row costs as much as parsing it.
    private readonly Action<JsonItem> _noteTools;
    private CanonicalRowWriter _writer = new(new ArrayBufferWriter<byte>());
    private ReadOnlyMemory<byte> _line;
    private string _file = "";
    private int _lineNumber;
    private long _order;
    private ProblemList _problems = new();
    private int _rowsWithTools;
    private (SourceLocation, string)? _firstTools;

    /// <param name="quick">Plain rows take the quick way (<see cref="PlainRow"/>); the result is the same.</param>
    public RowParser(bool quick = true) => (_quick, _content, _noteTools) = (quick, new RowContent(At, Add), NoteTools);

    public RowBlock ParseBlock(LineBlock block, string file, long order, ProblemList problems)
    {
        (_file, _problems, _rowsWithTools, _firstTools) = (file, problems, 0, null);
        var output = new ArrayBufferWriter<byte>(block.Text.Length + 256);
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
            }
            else if (_line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0 && ParseLine() is { } piece)
            {
                pieces.Add(piece);
            }
        }

        ReadOnlyMemory<byte> canonical = output.WrittenMemory;
        var rows = new Row[pieces.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            Piece p = pieces[i];
            ReadOnlyMemory<byte> bytes = canonical.Slice(p.Start, p.Length);
            rows[i] = new Row(Digest.Of(bytes.Span), bytes, p.Layout, new SourceLocation(file, p.Line, 1));
        }

        return new RowBlock(block.File, block.FirstLine, rows) { RowsWithTools = _rowsWithTools, FirstTools = _firstTools };
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
        RowLayout layout = _writer.Write(root, _content, _noteTools);
        return new Piece(_lineNumber, start, _writer.Written - start, layout);
    }

    private void NoteTools(JsonItem name)
    {
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
