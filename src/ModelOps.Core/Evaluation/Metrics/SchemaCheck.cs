using System.Text.Json;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>What a schema may say.</summary>
/// <param name="Resolve">Throws where a reference leads nowhere.</param>
/// <param name="Pattern">Throws where a pattern is none.</param>
internal sealed record SchemaVocabulary(
    IReadOnlyCollection<string> Keywords, IReadOnlySet<string> Annotations, Func<string, JsonElement> Resolve, Action<string> Pattern);

/// <summary>Refuses a schema that is malformed or says what is not understood, naming the place.</summary>
internal static class SchemaCheck
{
    private static readonly string[] s_types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    public static void Check(JsonElement schema, string at, SchemaVocabulary vocabulary)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return;
        }

        Require(schema.ValueKind == JsonValueKind.Object, at, "a schema is an object, true or false.");
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            string place = $"{at}/{keyword.Name}";
            if (keyword.Name is "$defs" or "definitions")
            {
                CheckEach(keyword.Value, place, vocabulary);
            }
            else if (!vocabulary.Annotations.Contains(keyword.Name))
            {
                Require(vocabulary.Keywords.Contains(keyword.Name), place, $"the keyword '{keyword.Name}' is not understood.");
                CheckKeyword(keyword, place, vocabulary);
            }
        }
    }

    private static void CheckKeyword(JsonProperty keyword, string at, SchemaVocabulary vocabulary)
    {
        JsonElement value = keyword.Value;
        switch (keyword.Name)
        {
            case "$ref":
                Require(value.ValueKind == JsonValueKind.String, at, "it is no string.");
                vocabulary.Resolve(value.GetString()!);
                break;
            case "type":
                JsonElement[] types = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
                Require(types.All(t => t.ValueKind == JsonValueKind.String && s_types.Contains(t.GetString())), at, $"it is none of {string.Join(", ", s_types)}.");
                break;
            case "enum" or "required":
                Require(value.ValueKind == JsonValueKind.Array, at, "it is no list.");
                Require(keyword.Name == "enum" || value.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String), at, "it lists something else than names.");
                break;
            case "allOf" or "anyOf" or "oneOf" or "prefixItems":
                Require(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0, at, "it is no list of schemas.");
                foreach ((int index, JsonElement part) in value.EnumerateArray().Index())
                {
                    Check(part, $"{at}/{index}", vocabulary);
                }

                break;
            case "not" or "items" or "additionalProperties":
                Check(value, at, vocabulary);
                break;
            case "properties":
                CheckEach(value, at, vocabulary);
                break;
            case "pattern":
                Require(value.ValueKind == JsonValueKind.String, at, "it is no string.");
                CheckPattern(value.GetString()!, at, vocabulary);
                break;
            case "uniqueItems":
                Require(value.ValueKind is JsonValueKind.True or JsonValueKind.False, at, "it is neither true nor false.");
                break;
            case not "const":
                Require(value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double n) && (keyword.Name != "multipleOf" || n > 0), at, "it is no number that makes sense.");
                break;
        }
    }

    private static void CheckPattern(string pattern, string at, SchemaVocabulary vocabulary)
    {
        try
        {
            vocabulary.Pattern(pattern);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new InvalidSchemaException(at, e.Message);
        }
    }

    private static void CheckEach(JsonElement schemas, string at, SchemaVocabulary vocabulary)
    {
        Require(schemas.ValueKind == JsonValueKind.Object, at, "it is no object of schemas.");
        foreach (JsonProperty schema in schemas.EnumerateObject())
        {
            Check(schema.Value, $"{at}/{schema.Name}", vocabulary);
        }
    }

    private static void Require(bool holds, string at, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidSchemaException(at, otherwise);
        }
    }
}
