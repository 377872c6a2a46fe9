using System.Text.Json;
using System.Text.RegularExpressions;

namespace ModelOps.Pipeline.Tests.Packaging;

/// <summary>The keywords of JSON Schema 2020-12 that the provenance schema uses; any other keyword that could refuse something is an error of the test.</summary>
internal static class JsonSchemaSubset
{
    private static readonly string[] s_annotations = ["$schema", "$comment", "$defs", "title", "format", "contentEncoding", "then"];

    public static IReadOnlyList<string> Problems(JsonElement schema, JsonElement value) => [.. Check(schema, schema, value, "$")];

    private static IEnumerable<string> Check(JsonElement root, JsonElement schema, JsonElement value, string at)
        => schema.EnumerateObject().SelectMany(keyword => Keyword(root, schema, keyword.Name, keyword.Value, value, at));

    private static IEnumerable<string> Keyword(JsonElement root, JsonElement schema, string keyword, JsonElement rule, JsonElement value, string at) => keyword switch
    {
        "type" => Require(IsOf(rule.GetString()!, value), $"{at} is {value.ValueKind}, expected {rule}"),
        "const" => Require(JsonElement.DeepEquals(rule, value), $"{at} is {value}, expected {rule}"),
        "required" => rule.EnumerateArray().Where(name => value.ValueKind == JsonValueKind.Object && !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{at} lacks {name}"),
        "properties" => Members(value).Where(m => rule.TryGetProperty(m.Name, out _)).SelectMany(m => Check(root, rule.GetProperty(m.Name), m.Value, $"{at}.{m.Name}")),
        "additionalProperties" => Members(value).Where(m => !(schema.TryGetProperty("properties", out JsonElement named) && named.TryGetProperty(m.Name, out _)))
            .SelectMany(m => Check(root, rule, m.Value, $"{at}.{m.Name}")),
        "items" => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany((item, i) => Check(root, rule, item, $"{at}[{i}]")) : [],
        "minItems" => Require(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= rule.GetInt32(), $"{at} has too few items"),
        "minProperties" => Require(Members(value).Count() >= rule.GetInt32(), $"{at} has too few members"),
        "minLength" => Require(value.ValueKind != JsonValueKind.String || value.GetString()!.Length >= rule.GetInt32(), $"{at} is too short"),
        "pattern" => Require(value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, rule.GetString()!), $"{at} '{value}' does not match {rule}"),
        "allOf" => rule.EnumerateArray().SelectMany(part => Check(root, part, value, at)),
        "anyOf" => Require(rule.EnumerateArray().Any(part => !Check(root, part, value, at).Any()), $"{at} fits no alternative"),
        "if" => Check(root, rule, value, at).Any() ? [] : Check(root, schema.GetProperty("then"), value, at),
        "$ref" => Check(root, root.GetProperty("$defs").GetProperty(rule.GetString()!.Split('/')[^1]), value, at),
        _ => Require(s_annotations.Contains(keyword), $"the test does not know the keyword {keyword}"),
    };

    private static IEnumerable<JsonProperty> Members(JsonElement value) => value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : [];

    private static IEnumerable<string> Require(bool holds, string otherwise) => holds ? [] : [otherwise];

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        _ => throw new ArgumentException($"The test does not know the type {type}."),
    };
}
