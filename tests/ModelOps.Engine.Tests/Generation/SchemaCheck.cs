using System.Text.Json;

namespace ModelOps.Engine.Tests.Generation;

/// <summary>Validates a document against a schema as the specification says it (draft 2020-12), for the keywords of the subset; shares nothing with the engine.</summary>
internal static class SchemaCheck
{
    internal static bool IsValid(JsonElement value, JsonElement schema) => IsValid(value, schema, schema);

    private static bool IsValid(JsonElement value, JsonElement schema, JsonElement root)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            if (!Holds(value, keyword.Name, keyword.Value, schema, root))
                return false;
        }

        return true;
    }

    private static bool Holds(JsonElement value, string keyword, JsonElement at, JsonElement schema, JsonElement root)
    {
        switch (keyword)
        {
            case "type":
                return at.ValueKind == JsonValueKind.Array ? at.EnumerateArray().Any(t => IsOfType(value, t.GetString()!)) : IsOfType(value, at.GetString()!);
            case "properties":
                return value.ValueKind != JsonValueKind.Object
                    || value.EnumerateObject().All(p => !at.TryGetProperty(p.Name, out var of) || IsValid(p.Value, of, root));
            case "required":
                return value.ValueKind != JsonValueKind.Object || at.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _));
            case "additionalProperties":
                return value.ValueKind != JsonValueKind.Object
                    || value.EnumerateObject().All(p => schema.TryGetProperty("properties", out var known) && known.TryGetProperty(p.Name, out _));
            case "items":
                return value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => IsValid(item, at, root));
            case "minItems":
                return value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= at.GetInt32();
            case "maxItems":
                return value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= at.GetInt32();
            case "minLength":
                return value.ValueKind != JsonValueKind.String || value.GetString()!.EnumerateRunes().Count() >= at.GetInt32();
            case "maxLength":
                return value.ValueKind != JsonValueKind.String || value.GetString()!.EnumerateRunes().Count() <= at.GetInt32();
            case "enum":
                return at.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value));
            case "const":
                return JsonElement.DeepEquals(at, value);
            case "anyOf":
                return at.EnumerateArray().Any(branch => IsValid(value, branch, root));
            case "oneOf":
                return at.EnumerateArray().Count(branch => IsValid(value, branch, root)) == 1;
            case "$ref":
                string path = at.GetString()!;
                return IsValid(value, path == "#" ? root : root.GetProperty("$defs").GetProperty(path["#/$defs/".Length..]), root);
            case "$defs" or "$schema" or "title" or "description":
                return true;
            default:
                throw new ArgumentException($"the check does not know '{keyword}'", nameof(keyword));
        }
    }

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()),
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new ArgumentException($"there is no type '{type}'", nameof(type)),
    };
}
