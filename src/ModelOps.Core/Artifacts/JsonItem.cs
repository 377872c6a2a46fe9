using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ModelOps.Core.Artifacts;

/// <summary>A value in a <see cref="JsonTree"/>; a handle, valid until the tree parses another text.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "Handles are never compared.")]
public readonly struct JsonItem
{
    private readonly JsonTree _tree;
    private readonly int _index;

    internal JsonItem(JsonTree tree, int index) => (_tree, _index) = (tree, index);

    public JsonKind Kind => _tree[_index].Kind;

    /// <summary>Items of an array or members of an object.</summary>
    public int Count => _tree[_index].Count;

    /// <summary>Byte offset of the value in the parsed text; for a string that of its quote.</summary>
    public int Offset => _tree[_index].Start - (Kind == JsonKind.String ? 1 : 0);

    internal JsonTree Tree => _tree;

    internal int Index => _index;

    /// <summary>The value's text as it was written; for a string without the quotes and with its escapes.</summary>
    internal ReadOnlySpan<byte> Raw => _tree.Source.Span.Slice(_tree[_index].Start, _tree[_index].Length);

    internal bool IsEscaped => _tree[_index].Escaped;

    public string GetString() => Kind != JsonKind.String
        ? throw new InvalidOperationException($"The value is {Kind}, not String.")
        : IsEscaped ? Encoding.UTF8.GetString(JsonStrings.Unescape(Raw)) : Encoding.UTF8.GetString(Raw);

    public double GetDouble() => Kind == JsonKind.Number
        ? double.Parse(Raw, NumberStyles.Float, CultureInfo.InvariantCulture)
        : throw new InvalidOperationException($"The value is {Kind}, not Number.");

    public bool TryGetInt64(out long value)
    {
        value = 0;
        return Kind == JsonKind.Number && long.TryParse(Raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The member of that name; false when there is none or this is no object.</summary>
    public bool TryGet(string name, out JsonItem value)
    {
        if (Kind == JsonKind.Object)
        {
            foreach (JsonMember member in Members())
            {
                if (member.Is(name))
                {
                    value = member.Value;
                    return true;
                }
            }
        }

        value = default;
        return false;
    }

    /// <summary>The members of an object in the order in which they were written.</summary>
    public IEnumerable<JsonMember> Members()
    {
        int at = _index + 1;
        for (int i = 0; i < Count; i++)
        {
            yield return new JsonMember(new JsonItem(_tree, at), new JsonItem(_tree, at + 1));
            at = _tree[at + 1].Next;
        }
    }

    /// <summary>The items of an array.</summary>
    public IEnumerable<JsonItem> Items()
    {
        int at = _index + 1;
        for (int i = 0; i < Count; i++)
        {
            yield return new JsonItem(_tree, at);
            at = _tree[at].Next;
        }
    }
}

/// <summary>A name and its value.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "Handles are never compared.")]
public readonly struct JsonMember(JsonItem name, JsonItem value)
{
    public string Name => NameItem.GetString();

    public JsonItem Value { get; } = value;

    internal JsonItem NameItem { get; } = name;

    internal bool Is(string name)
        => NameItem.IsEscaped ? NameItem.GetString() == name : Encoding.UTF8.GetByteCount(name) == NameItem.Raw.Length && Encoding.UTF8.GetString(NameItem.Raw) == name;
}
