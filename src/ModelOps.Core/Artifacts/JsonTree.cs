namespace ModelOps.Core.Artifacts;

/// <summary>One value: where its text lies, and where the next value starts. The members of an object are name, value, name, value…</summary>
internal struct JsonNode
{
    public JsonKind Kind;
    public bool Escaped;

    /// <summary>First byte of the value's text; for a string the byte after the quote.</summary>
    public int Start;

    /// <summary>Bytes of the value's text; for a string without the quotes.</summary>
    public int Length;

    /// <summary>Index of the node after this value and all that is in it.</summary>
    public int Next;

    /// <summary>Items of an array, members of an object.</summary>
    public int Count;
}

/// <summary>
/// A parsed JSON text: a flat list of nodes over the source bytes, which are not copied. Strict RFC 8259 with one value, and beyond it:
/// valid UTF-8, no lone surrogates, no duplicate keys, numbers that a double can hold, at most <see cref="MaxDepth"/> levels; a byte order
/// mark at the start is passed over. An instance may parse many texts one after another, which saves the allocations; items of the text
/// before are then dead.
/// </summary>
public sealed class JsonTree
{
    public const int MaxDepth = 64;

    private JsonNode[] _nodes = new JsonNode[64];
    private int _count;

    internal ReadOnlySpan<JsonNode> Nodes => _nodes.AsSpan(0, _count);

    internal ReadOnlyMemory<byte> Source { get; private set; }

    public JsonItem Root => _count > 0 ? new JsonItem(this, 0) : throw new InvalidOperationException("Nothing was parsed.");

    /// <exception cref="JsonProblemException">The text is not acceptable JSON.</exception>
    public static JsonTree Parse(ReadOnlyMemory<byte> utf8)
    {
        var tree = new JsonTree();
        if (!tree.TryParse(utf8, out JsonProblem problem))
        {
            (int line, int column) = JsonProblem.Position(utf8.Span, problem.Offset);
            throw new JsonProblemException(problem, line, column);
        }

        return tree;
    }

    public bool TryParse(ReadOnlyMemory<byte> utf8, out JsonProblem problem)
    {
        Source = utf8;
        _count = 0;
        var parser = new JsonParser(this, utf8.Span);
        if (parser.Run())
        {
            problem = default;
            return true;
        }

        _count = 0;
        problem = parser.Problem;
        return false;
    }

    internal int Add(JsonKind kind, int start)
    {
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, _count * 2);
        }

        _nodes[_count] = new JsonNode { Kind = kind, Start = start };
        return _count++;
    }

    internal ref JsonNode this[int index] => ref _nodes[index];

    internal void Close(int index, int end)
    {
        ref JsonNode node = ref _nodes[index];
        node.Length = end - node.Start;
        node.Next = _count;
    }
}
