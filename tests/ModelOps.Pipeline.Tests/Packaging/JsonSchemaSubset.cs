using System.Globalization;
using System.Net.Mail;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ModelOps.Pipeline.Tests.Packaging;

/// <summary>The keywords of JSON Schema (draft 7 and 2020-12) that the published schemas of in-toto, DSSE and CycloneDX use; any other keyword that could refuse something is an
/// error of the test. Held against the CycloneDX project's own valid and invalid examples.</summary>
/// <param name="folder">Where schemas that are named by file lie.</param>
internal sealed class JsonSchemaSubset(string folder)
{
    private static readonly string[] s_annotations =
    [
        "$schema", "$comment", "$defs", "$id", "definitions", "title", "description", "examples", "default", "deprecated", "meta:enum", "contentEncoding", "then", "else",
    ];

    private readonly Dictionary<string, JsonElement> _files = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Problems(string schemaFile, JsonElement value)
    {
        JsonElement schema = File(schemaFile);
        return [.. Check(schema, schema, value, "$")];
    }

    private JsonElement File(string name)
        => _files.TryGetValue(name, out JsonElement known) ? known : _files[name] = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(folder, name))).RootElement;

    // `true` and `false` are schemas too; what stands beside a $ref does not count in draft 7, and nothing but annotations does here.
    private IEnumerable<string> Check(JsonElement root, JsonElement schema, JsonElement value, string at)
        => schema.ValueKind == JsonValueKind.Object ? schema.EnumerateObject().SelectMany(keyword => Keyword(root, schema, keyword.Name, keyword.Value, value, at))
            : Require(schema.GetBoolean(), $"{at} is forbidden");

    private IEnumerable<string> Keyword(JsonElement root, JsonElement schema, string keyword, JsonElement rule, JsonElement value, string at) => keyword switch
    {
        "type" => Require(Types(rule).Any(type => IsOf(type, value)), $"{at} is {value.ValueKind}, expected {rule}"),
        "const" => Require(JsonElement.DeepEquals(rule, value), $"{at} is {value}, expected {rule}"),
        "enum" => Require(rule.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)), $"{at} is {value}, which is not in the list"),
        "required" => rule.EnumerateArray().Where(name => value.ValueKind == JsonValueKind.Object && !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{at} lacks {name}"),
        "properties" => Members(value).Where(m => rule.TryGetProperty(m.Name, out _)).SelectMany(m => Check(root, rule.GetProperty(m.Name), m.Value, $"{at}.{m.Name}")),
        "additionalProperties" => Members(value).Where(m => !(schema.TryGetProperty("properties", out JsonElement named) && named.TryGetProperty(m.Name, out _)))
            .SelectMany(m => Check(root, rule, m.Value, $"{at}.{m.Name}")),
        "items" => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany((item, i) => Check(root, rule, item, $"{at}[{i}]")) : [],
        "uniqueItems" => Require(!rule.GetBoolean() || value.ValueKind != JsonValueKind.Array || AllDiffer([.. value.EnumerateArray()]), $"{at} has equal items"),
        "minItems" => Require(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= rule.GetInt32(), $"{at} has too few items"),
        "minProperties" => Require(Members(value).Count() >= rule.GetInt32(), $"{at} has too few members"),
        "minLength" => Require(value.ValueKind != JsonValueKind.String || Length(value) >= rule.GetInt32(), $"{at} is too short"),
        "maxLength" => Require(value.ValueKind != JsonValueKind.String || Length(value) <= rule.GetInt32(), $"{at} is too long"),
        "minimum" => Require(value.ValueKind != JsonValueKind.Number || value.GetDouble() >= rule.GetDouble(), $"{at} is too small"),
        "maximum" => Require(value.ValueKind != JsonValueKind.Number || value.GetDouble() <= rule.GetDouble(), $"{at} is too large"),
        "pattern" => Require(value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, rule.GetString()!), $"{at} '{value}' does not match {rule}"),
        "format" => Require(value.ValueKind != JsonValueKind.String || HasFormat(rule.GetString()!, value.GetString()!), $"{at} '{value}' is no {rule}"),
        "allOf" => rule.EnumerateArray().SelectMany(part => Check(root, part, value, at)),
        "anyOf" => Require(rule.EnumerateArray().Any(part => Fits(root, part, value)), $"{at} fits no alternative"),
        "oneOf" => Require(rule.EnumerateArray().Count(part => Fits(root, part, value)) == 1, $"{at} fits not exactly one alternative"),
        "not" => Require(!Fits(root, rule, value), $"{at} is what it must not be"),
        "if" => schema.TryGetProperty(Fits(root, rule, value) ? "then" : "else", out JsonElement branch) ? Check(root, branch, value, at) : [],
        "$ref" => Refer(root, rule.GetString()!, value, at),
        _ => Require(s_annotations.Contains(keyword), $"the test does not know the keyword {keyword}"),
    };

    private IEnumerable<string> Refer(JsonElement root, string reference, JsonElement value, string at)
    {
        string[] parts = reference.Split('#');
        JsonElement target = parts[0].Length == 0 ? root : File(parts[0]);
        JsonElement rule = parts.Length == 1 ? target : parts[1].Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(target, (at, name) => at.GetProperty(name));
        return Check(target, rule, value, at);
    }

    private bool Fits(JsonElement root, JsonElement schema, JsonElement value) => !Check(root, schema, value, "").Any();

    private static IEnumerable<string> Types(JsonElement rule) => rule.ValueKind == JsonValueKind.Array ? rule.EnumerateArray().Select(t => t.GetString()!) : [rule.GetString()!];

    private static IEnumerable<JsonProperty> Members(JsonElement value) => value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : [];

    private static bool AllDiffer(JsonElement[] items) => !items.Where((item, i) => items.Skip(i + 1).Any(other => JsonElement.DeepEquals(item, other))).Any();

    private static int Length(JsonElement text) => new StringInfo(text.GetString()!).LengthInTextElements;

    private static bool HasFormat(string format, string text) => format switch
    {
        "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _) && text.Contains('T', StringComparison.OrdinalIgnoreCase),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "iri-reference" => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _) && !text.Contains(' ', StringComparison.Ordinal),
        "idn-email" => MailAddress.TryCreate(text, out _),
        _ => throw new ArgumentException($"The test does not know the format {format}."),
    };

    private static IEnumerable<string> Require(bool holds, string otherwise) => holds ? [] : [otherwise];

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new ArgumentException($"The test does not know the type {type}."),
    };
}
