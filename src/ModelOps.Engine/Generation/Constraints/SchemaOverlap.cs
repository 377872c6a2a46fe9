using System.Text.Json;

namespace ModelOps.Engine.Generation.Constraints;

/// <summary>
/// Proves that the branches of a <c>oneOf</c> exclude each other: answers are free to follow any branch, so a value that two of them
/// accept would break the schema. What cannot be proved is refused.
/// </summary>
internal static class SchemaOverlap
{
    private const int Deepest = 16; // properties within properties; beyond, nothing is proved

    internal static void Refuse(SchemaPart schema, List<SchemaNode> branches)
    {
        for (int i = 0; i < branches.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (!Excludes(branches[j], branches[i], 0))
                    throw schema.Refuse("oneOf", $"it is not plain that branches {j} and {i} exclude each other: give them different types, or objects a required property with different const values; or use anyOf");
            }
        }
    }

    internal static bool IsOfType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        _ => false,
    };

    private static bool Excludes(SchemaNode a, SchemaNode b, int depth) => depth < Deepest && (a, b) switch
    {
        (ReferenceNode reference, _) => Excludes(reference.Node!, b, depth),
        (_, ReferenceNode reference) => Excludes(a, reference.Node!, depth),
        (ChoiceNode choice, _) => choice.Branches.All(branch => Excludes(branch, b, depth)),
        (_, ChoiceNode choice) => choice.Branches.All(branch => Excludes(a, branch, depth)),
        (ValuesNode values, ValuesNode others) => !values.Values.Any(v => others.Values.Any(o => JsonElement.DeepEquals(v.Element, o.Element))),
        (ObjectNode left, ObjectNode right) => ObjectsExclude(left, right, depth + 1),
        _ => !TypesOf(a).Overlaps(TypesOf(b)),
    };

    private static bool ObjectsExclude(ObjectNode a, ObjectNode b, int depth) =>
        a.Properties.Any(p => p.Required && b.Properties.Any(q => q.Required && q.Name == p.Name && Excludes(p.Value, q.Value, depth)))
        || Misses(a, b) || Misses(b, a);

    /// <summary>One demands what the other forbids.</summary>
    private static bool Misses(ObjectNode a, ObjectNode b) => b.Closed && a.Properties.Any(p => p.Required && !b.Properties.Any(q => q.Name == p.Name));

    private static HashSet<JsonValueKind> TypesOf(SchemaNode node) => node switch
    {
        ObjectNode => [JsonValueKind.Object],
        ArrayNode => [JsonValueKind.Array],
        StringNode => [JsonValueKind.String],
        NumberNode => [JsonValueKind.Number],
        ValuesNode values => [.. values.Values.Select(v => v.Element.ValueKind)],
        _ => throw new InvalidOperationException($"{node.GetType().Name} has no types of its own"),
    };
}
