using System.Buffers;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>The rows of one <see cref="LineBlock"/>.</summary>
internal sealed record RowBlock(int File, int FirstLine, IReadOnlyList<Row> Rows)
{
    public int RowsWithTools { get; init; }

    public (SourceLocation Location, string Property)? FirstTools { get; init; }
}

/// <summary>Turns lines into rows and says what is wrong with those that are none. One instance per thread.</summary>
internal sealed class RowParser
{
    private readonly JsonTree _tree = new();
    private readonly List<MessagePart> _messages = [];

    // Made once: a delegate per row costs as much as parsing it.
    private readonly Func<int, SourceLocation> _at;
    private readonly Func<Diagnostic, bool> _add;
    private ArrayBufferWriter<byte> _canonical = new();
    private ReadOnlyMemory<byte> _line;
    private string _file = "";
    private int _lineNumber;
    private long _order;
    private ProblemList _problems = new();
    private int _rowsWithTools;
    private (SourceLocation, string)? _firstTools;

    public RowParser() => (_at, _add) = (At, Add);

    public RowBlock ParseBlock(LineBlock block, string file, long order, ProblemList problems)
    {
        (_file, _problems, _rowsWithTools, _firstTools) = (file, problems, 0, null);
        _canonical = new ArrayBufferWriter<byte>(block.Text.Length + 256);
        var pieces = new List<Piece>();
        ReadOnlyMemory<byte> rest = block.Text;
        for (_lineNumber = block.FirstLine; !rest.IsEmpty; _lineNumber++)
        {
            int end = rest.Span.IndexOf((byte)'\n');
            _line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            _order = order + _lineNumber;
            if (_line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0 && ParseLine() is { } piece)
            {
                pieces.Add(piece);
            }
        }

        ReadOnlyMemory<byte> canonical = _canonical.WrittenMemory;
        var rows = new Row[pieces.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            Piece p = pieces[i];
            ReadOnlyMemory<byte> bytes = canonical.Slice(p.Start, p.Length);
            rows[i] = new Row(Digest.Of(bytes.Span), bytes, p.Messages.Start - p.Start, p.Messages.Length, p.Messages.Answer - p.Start, new SourceLocation(file, p.Line, 1));
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

        return CollectMessages(root) && MessageRules.Check(_messages, _at, _add) ? Write(root) : null;
    }

    // Fills _messages from either shape.
    private bool CollectMessages(JsonItem root)
    {
        _messages.Clear();
        bool hasMessages = root.TryGet("messages", out JsonItem messages);
        bool hasPrompt = root.TryGet("prompt", out JsonItem prompt);
        bool hasCompletion = root.TryGet("completion", out JsonItem completion);
        if (hasMessages && (hasPrompt || hasCompletion))
        {
            return Add(DataErrors.AmbiguousRow(At((hasPrompt ? prompt : completion).Offset)));
        }

        if (hasMessages)
        {
            return messages.Kind != JsonKind.Array || messages.Count == 0
                ? Add(DataErrors.NoMessages(At(messages.Offset), messages.Kind == JsonKind.Array ? "'messages' is empty" : "'messages' is not a list"))
                : CollectList(messages);
        }

        return hasPrompt && hasCompletion
            ? CollectSide(prompt, "user") & CollectSide(completion, "assistant")
                && (_messages.Count > 0 || Add(DataErrors.NoMessages(At(root.Offset), "'prompt' and 'completion' are empty")))
            : Add(DataErrors.NoMessages(At(root.Offset), hasPrompt ? "'completion' is missing" : hasCompletion ? "'prompt' is missing" : "no 'messages'"));
    }

    private bool CollectSide(JsonItem side, string role)
    {
        switch (side.Kind)
        {
            case JsonKind.String:
                _messages.Add(new MessagePart(role, side, side.Offset));
                return MessageRules.CheckText(side, _at, _add);
            case JsonKind.Array:
                return CollectList(side);
            default:
                return Add(DataErrors.UnsupportedContent(At(side.Offset), $"a JSON {side.Kind.ToString().ToLowerInvariant()}"));
        }
    }

    private bool CollectList(JsonItem list)
    {
        bool good = true;
        int at = list.Index + 1;
        for (int i = 0; i < list.Count; i++, at = _tree[at].Next)
        {
            var item = new JsonItem(_tree, at);
            if (MessageRules.Read(item, _at, _add) is { } part)
            {
                _messages.Add(part);
            }
            else
            {
                good = false;
            }
        }

        return good;
    }

    private Piece Write(JsonItem root)
    {
        int start = _canonical.WrittenCount;
        MessagesSpan messages = default;
        bool first = true, written = false;
        _canonical.Write("{"u8);
        foreach (int name in JsonKeys.Sorted(_tree, root.Index))
        {
            var item = new JsonItem(_tree, name);
            ReadOnlySpan<byte> key = item.Utf8;
            if (key.SequenceEqual("messages"u8) || key.SequenceEqual("prompt"u8) || key.SequenceEqual("completion"u8))
            {
                continue;
            }

            if (!written && JsonKeys.Compare(key, "messages"u8) > 0)
            {
                messages = WriteMessages(ref first);
                written = true;
            }

            Separate(ref first);
            CanonicalJson.Write(item, _canonical);
            _canonical.Write(":"u8);
            CanonicalJson.Write(new JsonItem(_tree, name + 1), _canonical, KeyOrder.AsWritten);
            NoteTools(item);
        }

        if (!written)
        {
            messages = WriteMessages(ref first);
        }

        _canonical.Write("}"u8);
        return new Piece(_lineNumber, start, _canonical.WrittenCount - start, messages);
    }

    private MessagesSpan WriteMessages(ref bool first)
    {
        Separate(ref first);
        _canonical.Write("\"messages\":"u8);
        int start = _canonical.WrittenCount, answer = start;
        for (int i = 0; i < _messages.Count; i++)
        {
            answer = _canonical.WrittenCount;
            _canonical.Write(i == 0 ? "[{\"content\":"u8 : ",{\"content\":"u8);
            CanonicalJson.Write(_messages[i].Content, _canonical);
            _canonical.Write(",\"role\":"u8);
            CanonicalJson.Write(_messages[i].Role, _canonical);
            _canonical.Write("}"u8);
        }

        _canonical.Write("]"u8);
        return new MessagesSpan(start, _canonical.WrittenCount - start, answer);
    }

    private void Separate(ref bool first)
    {
        if (!first)
        {
            _canonical.Write(","u8);
        }

        first = false;
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

    // Offsets in _canonical; Answer is where the last message starts.
    private readonly record struct MessagesSpan(int Start, int Length, int Answer);

    private readonly record struct Piece(int Line, int Start, int Length, MessagesSpan Messages);
}
