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

    /// <summary>UTF-8 of what a string means.</summary>
    internal ReadOnlySpan<byte> Utf8 => IsEscaped ? JsonStrings.Unescape(Raw) : Raw;

    /// <summary>A string with its quotes, as it was written.</summary>
    internal ReadOnlySpan<byte> Quoted => _tree.Source.Span.Slice(_tree[_index].Start - 1, _tree[_index].Length + 2);

    internal bool IsEscaped => _tree[_index].Escaped;

    public string GetString() => Kind != JsonKind.String
        ? throw new InvalidOperationException($"The value is {Kind}, not String.")
        : Encoding.UTF8.GetString(Utf8);

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
            int at = _index + 1;
            for (int i = 0; i < Count; i++, at = _tree[at + 1].Next)
            {
                if (new JsonItem(_tree, at).Means(name))
                {
                    value = new JsonItem(_tree, at + 1);
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

    private bool Means(string name)
    {
        Span<byte> buffer = stackalloc byte[64];
        return Encoding.UTF8.TryGetBytes(name, buffer, out int length) ? Utf8.SequenceEqual(buffer[..length]) : GetString() == name;
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
}
