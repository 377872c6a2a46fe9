using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>Validates JSON by a schema of draft 2020-12. Every keyword is known or refused before the first document is looked at.</summary>
internal sealed class SchemaRules
{
    private const int DeepestReference = 200;

    private static readonly HashSet<string> s_annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format", "$defs", "definitions",
    };

    private static readonly Dictionary<string, Func<SchemaRules, JsonElement, JsonElement, JsonElement, int, bool>> s_keywords = new(StringComparer.Ordinal)
    {
        ["$ref"] = (rules, schema, value, json, depth) => rules.Holds(rules.Resolve(value.GetString()!), json, depth + 1),
        ["type"] = (_, _, value, json, _) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Any(t => IsType(t.GetString()!, json)) : IsType(value.GetString()!, json),
        ["enum"] = (_, _, value, json, _) => value.EnumerateArray().Any(v => JsonElement.DeepEquals(v, json)),
        ["const"] = (_, _, value, json, _) => JsonElement.DeepEquals(value, json),
        ["allOf"] = (rules, _, value, json, depth) => value.EnumerateArray().All(s => rules.Holds(s, json, depth + 1)),
        ["anyOf"] = (rules, _, value, json, depth) => value.EnumerateArray().Any(s => rules.Holds(s, json, depth + 1)),
        ["oneOf"] = (rules, _, value, json, depth) => value.EnumerateArray().Count(s => rules.Holds(s, json, depth + 1)) == 1,
        ["not"] = (rules, _, value, json, depth) => !rules.Holds(value, json, depth + 1),
        ["minimum"] = (_, _, value, json, _) => !IsNumber(json, out double n) || n >= value.GetDouble(),
        ["maximum"] = (_, _, value, json, _) => !IsNumber(json, out double n) || n <= value.GetDouble(),
        ["exclusiveMinimum"] = (_, _, value, json, _) => !IsNumber(json, out double n) || n > value.GetDouble(),
        ["exclusiveMaximum"] = (_, _, value, json, _) => !IsNumber(json, out double n) || n < value.GetDouble(),
        ["multipleOf"] = (_, _, value, json, _) => !IsNumber(json, out double n) || IsWhole(n / value.GetDouble()),
        ["minLength"] = (_, _, value, json, _) => json.ValueKind != JsonValueKind.String || json.GetString()!.EnumerateRunes().Count() >= value.GetDouble(),
        ["maxLength"] = (_, _, value, json, _) => json.ValueKind != JsonValueKind.String || json.GetString()!.EnumerateRunes().Count() <= value.GetDouble(),
        ["pattern"] = (rules, _, value, json, _) => json.ValueKind != JsonValueKind.String || rules.Pattern(value.GetString()!).IsMatch(json.GetString()!),
        ["minItems"] = (_, _, value, json, _) => json.ValueKind != JsonValueKind.Array || json.GetArrayLength() >= value.GetDouble(),
        ["maxItems"] = (_, _, value, json, _) => json.ValueKind != JsonValueKind.Array || json.GetArrayLength() <= value.GetDouble(),
        ["uniqueItems"] = (_, _, value, json, _) => json.ValueKind != JsonValueKind.Array || !value.GetBoolean() || AreUnique(json),
        ["prefixItems"] = (rules, _, value, json, depth) => json.ValueKind != JsonValueKind.Array
            || value.EnumerateArray().Zip(json.EnumerateArray()).All(pair => rules.Holds(pair.First, pair.Second, depth + 1)),
        ["items"] = (rules, schema, value, json, depth) => json.ValueKind != JsonValueKind.Array
            || json.EnumerateArray().Skip(schema.TryGetProperty("prefixItems", out JsonElement first) ? first.GetArrayLength() : 0).All(item => rules.Holds(value, item, depth + 1)),
        ["minProperties"] = (_, _, value, json, _) => json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Count() >= value.GetDouble(),
        ["maxProperties"] = (_, _, value, json, _) => json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Count() <= value.GetDouble(),
        ["required"] = (_, _, value, json, _) => json.ValueKind != JsonValueKind.Object || value.EnumerateArray().All(name => json.TryGetProperty(name.GetString()!, out _)),
        ["properties"] = (rules, _, value, json, depth) => json.ValueKind != JsonValueKind.Object
            || value.EnumerateObject().All(p => !json.TryGetProperty(p.Name, out JsonElement own) || rules.Holds(p.Value, own, depth + 1)),
        ["additionalProperties"] = (rules, schema, value, json, depth) => json.ValueKind != JsonValueKind.Object
            || json.EnumerateObject().All(p => IsDeclared(schema, p.Name) || rules.Holds(value, p.Value, depth + 1)),
    };

    private readonly JsonElement _root;
    private readonly ConcurrentDictionary<string, Regex> _patterns = new(StringComparer.Ordinal);

    public SchemaRules(JsonElement root)
    {
        _root = root;
        SchemaCheck.Check(root, "#", new SchemaVocabulary(s_keywords.Keys, s_annotations, Resolve, text => Pattern(text)));
    }

    public bool IsValid(JsonElement json) => Holds(_root, json, 0);

    private bool Holds(JsonElement schema, JsonElement json, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return schema.ValueKind == JsonValueKind.True;
        }

        // A circle of references that consumes nothing never ends; no document is that deep.
        return depth <= DeepestReference && schema.EnumerateObject().All(keyword =>
            !s_keywords.TryGetValue(keyword.Name, out var rule) || rule(this, schema, keyword.Value, json, depth));
    }

    /// <summary><c>#</c>, or a pointer from the root.</summary>
    private JsonElement Resolve(string reference)
    {
        JsonElement at = _root;
        string[] names = reference.Split('/');
        if (names[0] != "#")
        {
            throw new InvalidSchemaException(reference, "only references inside the schema are followed, such as #/$defs/name.");
        }

        foreach (string name in names.Skip(1).Select(n => n.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            bool found = at.ValueKind == JsonValueKind.Array
                ? int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i < at.GetArrayLength()
                : at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out _);
            at = !found ? throw new InvalidSchemaException(reference, "there is no such place.")
                : at.ValueKind == JsonValueKind.Array ? at[int.Parse(name, CultureInfo.InvariantCulture)] : at.GetProperty(name);
        }

        return at;
    }

    private Regex Pattern(string pattern) => _patterns.GetOrAdd(pattern, static text => new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    private static bool IsDeclared(JsonElement schema, string name) => schema.TryGetProperty("properties", out JsonElement properties) && properties.TryGetProperty(name, out _);

    private static bool IsType(string type, JsonElement json) => type switch
    {
        "object" => json.ValueKind == JsonValueKind.Object,
        "array" => json.ValueKind == JsonValueKind.Array,
        "string" => json.ValueKind == JsonValueKind.String,
        "boolean" => json.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => json.ValueKind == JsonValueKind.Null,
        "number" => json.ValueKind == JsonValueKind.Number,
        _ => IsNumber(json, out double number) && IsWhole(number),
    };

    private static bool IsNumber(JsonElement json, out double number)
    {
        number = 0;
        return json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out number);
    }

    private static bool IsWhole(double number) => double.IsFinite(number) && Math.Floor(number) == number;

    private static bool AreUnique(JsonElement array)
    {
        JsonElement[] items = [.. array.EnumerateArray()];
        for (int i = 0; i < items.Length; i++)
        {
            for (int j = i + 1; j < items.Length; j++)
            {
                if (JsonElement.DeepEquals(items[i], items[j]))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
