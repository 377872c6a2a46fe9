using System.Text.Json;

namespace ModelOps.Serve.Tests;

/// <summary>The part of JSON Schema that OpenAI's description uses for responses.</summary>
internal sealed class OpenApiCheck(JsonElement api)
{
    private readonly JsonElement _schemas = api.GetProperty("components").GetProperty("schemas");

    /// <exception cref="InvalidOperationException">It is not as the schema says; the message says where.</exception>
    public void Check(string schema, JsonElement value)
    {
        if (Problem(_schemas.GetProperty(schema), value, schema) is { } problem)
        {
            throw new InvalidOperationException($"{problem}: {value.GetRawText()}");
        }
    }

    private string? Problem(JsonElement schema, JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.Null && schema.TryGetProperty("nullable", out JsonElement nullable) && nullable.GetBoolean())
        {
            return null;
        }

        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            return Problem(_schemas.GetProperty(reference.GetString()!.Split('/')[^1]), value, at);
        }

        foreach (string choice in new[] { "anyOf", "oneOf" })
        {
            if (schema.TryGetProperty(choice, out JsonElement branches) && !branches.EnumerateArray().Any(branch => Problem(branch, value, at) is null))
            {
                return $"{at} is none of {choice}";
            }
        }

        if (schema.TryGetProperty("allOf", out JsonElement all) && all.EnumerateArray().Select(part => Problem(part, value, at)).FirstOrDefault(p => p is not null) is { } unmet)
        {
            return unmet;
        }

        if (schema.TryGetProperty("enum", out JsonElement values) && !values.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)))
        {
            return $"{at} is not one of {values.GetRawText()}";
        }

        return schema.TryGetProperty("type", out JsonElement type) && !IsOf(type, value) ? $"{at} is no {type.GetRawText()}" : Inside(schema, value, at);
    }

    private static bool IsOf(JsonElement type, JsonElement value)
        => type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(t => IsOf(t, value)) : type.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            "null" => value.ValueKind == JsonValueKind.Null,
            { } other => throw new NotSupportedException($"type {other}"),
            null => true,
        };

    private string? Inside(JsonElement schema, JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out JsonElement item))
        {
            return value.EnumerateArray().Select((v, i) => Problem(item, v, $"{at}[{i}]")).FirstOrDefault(p => p is not null);
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (schema.TryGetProperty("required", out JsonElement required)
            && required.EnumerateArray().Select(r => r.GetString()!).FirstOrDefault(name => !value.TryGetProperty(name, out _)) is { } missing)
        {
            return $"{at} lacks {missing}";
        }

        // Nothing beside what is declared: clients of other languages may be strict.
        return !schema.TryGetProperty("properties", out JsonElement properties) ? null : value.EnumerateObject()
            .Select(member => properties.TryGetProperty(member.Name, out JsonElement declared) ? Problem(declared, member.Value, $"{at}.{member.Name}") : $"{at}.{member.Name} is not declared")
            .FirstOrDefault(p => p is not null);
    }
}
