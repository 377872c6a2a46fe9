using System.Text.Json;

namespace ModelOps.Engine.Generation.Constraints;

/// <summary>
/// A schema of the subset, as <c>docs/formats/json-schema-subset.md</c> defines it. A node is a place in the schema: equal ones elsewhere
/// are others, and references make circles; hence classes.
/// </summary>
internal abstract class SchemaNode;

/// <param name="closed">The schema says <c>additionalProperties: false</c> in so many words.</param>
internal sealed class ObjectNode(IReadOnlyList<PropertyNode> properties, bool closed) : SchemaNode
{
    internal IReadOnlyList<PropertyNode> Properties => properties;

    internal bool Closed => closed;
}

internal readonly record struct PropertyNode(string Name, SchemaNode Value, bool Required);

/// <summary>An object of any properties.</summary>
/// <param name="value">What each of them may be.</param>
internal sealed class FreeObjectNode(SchemaNode value) : SchemaNode
{
    internal SchemaNode Value => value;
}

internal sealed class ArrayNode(SchemaNode item, int minimum, int? maximum) : SchemaNode
{
    internal SchemaNode Item => item;

    internal int Minimum => minimum;

    internal int? Maximum => maximum;
}

/// <summary>Lengths in code points.</summary>
internal sealed class StringNode(int minimum, int? maximum) : SchemaNode
{
    internal int Minimum => minimum;

    internal int? Maximum => maximum;
}

internal sealed class NumberNode(bool integer) : SchemaNode
{
    internal bool Integer => integer;
}

/// <summary>One of some given values.</summary>
internal sealed class ValuesNode(IReadOnlyList<JsonValue> values) : SchemaNode
{
    internal IReadOnlyList<JsonValue> Values => values;
}

/// <param name="Spelling">The only bytes that are written for it.</param>
internal readonly record struct JsonValue(JsonElement Element, byte[] Spelling);

internal sealed class ChoiceNode(IReadOnlyList<SchemaNode> branches) : SchemaNode
{
    internal IReadOnlyList<SchemaNode> Branches => branches;
}

internal sealed class ReferenceNode(string target, string pointer) : SchemaNode
{
    internal string Target => target;

    internal string Pointer => pointer;

    /// <summary>Set once everything is read.</summary>
    internal SchemaNode? Node { get; set; }
}
