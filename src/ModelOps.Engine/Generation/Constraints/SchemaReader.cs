using System.Text.Json;

namespace ModelOps.Engine.Generation.Constraints;

/// <summary>Reads a JSON Schema and refuses by name what is outside of the subset.</summary>
internal sealed class SchemaReader
{
    /// <summary>Largest length or count; each one is a state of the automaton.</summary>
    internal const int MaximumCount = 65536;

    private static readonly HashSet<string> s_annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    };

    private static readonly string[] s_alone = ["$ref", "anyOf", "oneOf", "enum", "const"];

    private static readonly string[] s_definitions = ["$defs", "definitions"];

    private readonly Dictionary<string, SchemaNode> _targets = new(StringComparer.Ordinal);
    private readonly List<ReferenceNode> _references = [];
    private readonly List<(SchemaPart Schema, List<SchemaNode> Branches)> _exclusive = [];

    /// <exception cref="JsonSchemaException">The text is no schema, or one outside of the subset.</exception>
    internal static SchemaNode Read(string schema)
    {
        try
        {
            using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return new SchemaReader().ReadRoot(document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new JsonSchemaException("", "#", $"the schema is not JSON: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // What the JSON reader says of half a surrogate pair, once somebody asks for the text.
            throw new JsonSchemaException("", "#", $"a string of the schema is no Unicode text: {e.Message}");
        }
    }

    private SchemaNode ReadRoot(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object)
        {
            foreach (string keyword in s_definitions.Where(k => root.TryGetProperty(k, out _)))
            {
                var definitions = new SchemaPart(root, "#").Object(keyword);
                foreach (var entry in definitions.Element.EnumerateObject())
                    _targets[$"{definitions.Pointer}/{SchemaPart.Escape(entry.Name)}"] = Read(definitions.At(entry.Name));
            }
        }

        var node = _targets["#"] = Read(new SchemaPart(root, "#"), isRoot: true);
        foreach (var reference in _references)
        {
            reference.Node = _targets.TryGetValue(reference.Target, out var target) ? target
                : throw new JsonSchemaException("$ref", reference.Pointer, $"there is no '{reference.Target}'; a reference is '#' or names an entry of $defs");
        }

        SchemaCircles.Refuse(_references);
        _exclusive.ForEach(choice => SchemaOverlap.Refuse(choice.Schema, choice.Branches));
        return node;
    }

    private SchemaNode Read(SchemaPart schema, bool isRoot = false)
    {
        if (schema.Element.ValueKind != JsonValueKind.Object)
            throw schema.Refuse("", "a schema is an object here; true and false are outside of the subset");
        var keywords = schema.Element.EnumerateObject().Select(p => p.Name)
            .Where(k => !s_annotations.Contains(k) && !(isRoot && s_definitions.Contains(k, StringComparer.Ordinal))).ToList();
        foreach (string keyword in s_alone.Where(keywords.Contains))
            return ReadAlone(schema, keyword, keywords);
        if (!schema.Element.TryGetProperty("type", out var type))
            throw schema.Refuse(keywords.FirstOrDefault("type"), "a schema needs one of type, enum, const, anyOf, oneOf and $ref");
        if (type.ValueKind != JsonValueKind.Array)
            return ReadTyped(schema, schema.Text("type"), keywords);
        if (type.GetArrayLength() == 0)
            throw schema.Refuse("type", "the list of types is empty");
        return new ChoiceNode([.. type.EnumerateArray().Select(t => ReadTyped(schema, schema.Text("type", t), keywords, type))]);
    }

    /// <summary>Keywords that say it all; beside them stand annotations only, and a type beside values.</summary>
    private SchemaNode ReadAlone(SchemaPart schema, string keyword, List<string> keywords)
    {
        bool values = keyword is "enum" or "const";
        if (keywords.Find(k => k != keyword && !(values && k == "type")) is { } other)
            throw schema.Refuse(other, $"'{other}' beside '{keyword}' is outside of the subset");
        switch (keyword)
        {
            case "$ref":
                var reference = new ReferenceNode(Uri.UnescapeDataString(schema.Text("$ref")), $"{schema.Pointer}/$ref");
                _references.Add(reference);
                return reference;
            case "const":
                return ReadValues(schema, keyword, [schema.Element.GetProperty(keyword)]);
            case "enum":
                return ReadValues(schema, keyword, [.. schema.List(keyword).Select(p => p.Element)]);
            default:
                var branches = schema.List(keyword).Select(p => Read(p)).ToList();
                if (keyword == "oneOf")
                    _exclusive.Add((schema, branches));
                return new ChoiceNode(branches);
        }
    }

    private static ValuesNode ReadValues(SchemaPart schema, string keyword, IReadOnlyList<JsonElement> values)
    {
        foreach (var value in values)
        {
            if (schema.Element.TryGetProperty("type", out var type)
                && !(type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToArray() : [type]).Any(t => SchemaOverlap.IsOfType(value, schema.Text("type", t))))
            {
                throw schema.Refuse(keyword, $"the value {value.GetRawText()} is not of the type that stands beside it");
            }
        }

        return new ValuesNode([.. values.Select(v => new JsonValue(v, JsonLiteral.Of(v)))]);
    }

    private SchemaNode ReadTyped(SchemaPart schema, string type, List<string> keywords, JsonElement? types = null)
    {
        string[] known = KeywordsOf(type) ?? throw schema.Refuse("type", $"there is no type '{type}'");
        // In a list of types each one takes its own keywords.
        string[] others = types is { } list ? [.. list.EnumerateArray().SelectMany(t => KeywordsOf(t.GetString()!) ?? [])] : [];
        if (keywords.Find(k => k != "type" && !known.Contains(k, StringComparer.Ordinal) && !others.Contains(k, StringComparer.Ordinal)) is { } outside)
            throw schema.Refuse(outside, $"the keyword '{outside}' is outside of the subset{(type.Length > 0 ? $" for the type {type}" : "")}");
        return type switch
        {
            "object" => ReadObject(schema),
            "array" => ReadArray(schema),
            "string" => Bounded(schema, "minLength", "maxLength", (min, max) => new StringNode(min, max)),
            "boolean" => ReadValues(schema, "type", [JsonElement.Parse("true"), JsonElement.Parse("false")]),
            "null" => ReadValues(schema, "type", [JsonElement.Parse("null")]),
            _ => new NumberNode(type == "integer"),
        };
    }

    private static string[]? KeywordsOf(string type) => type switch
    {
        "object" => ["properties", "required", "additionalProperties"],
        "array" => ["items", "minItems", "maxItems"],
        "string" => ["minLength", "maxLength"],
        "number" or "integer" or "boolean" or "null" => [],
        _ => null,
    };

    private ObjectNode ReadObject(SchemaPart schema)
    {
        bool closed = schema.Element.TryGetProperty("additionalProperties", out var additional);
        if (closed && additional.ValueKind != JsonValueKind.False)
            throw schema.Refuse("additionalProperties", "additionalProperties can only be false: an answer holds the properties that are declared");
        bool any = schema.Element.TryGetProperty("properties", out _);
        if (!any && !closed)
            throw schema.Refuse("type", "an object needs properties, or additionalProperties: false where it is to be empty");
        var required = schema.Element.TryGetProperty("required", out _) ? schema.List("required", mayBeEmpty: true).Select(p => p.Text()).ToHashSet(StringComparer.Ordinal) : [];
        var properties = new List<PropertyNode>();
        if (any)
        {
            var declared = schema.Object("properties");
            properties.AddRange(declared.Element.EnumerateObject().Select(p => new PropertyNode(p.Name, Read(declared.At(p.Name)), required.Remove(p.Name))));
        }

        return required.Count == 0 ? new ObjectNode(properties, closed)
            : throw schema.Refuse("required", $"required names '{required.First()}', which properties does not declare");
    }

    private SchemaNode ReadArray(SchemaPart schema)
    {
        if (!schema.Element.TryGetProperty("items", out _))
            throw schema.Refuse("type", "an array needs items");
        var item = Read(schema.At("items"));
        return Bounded(schema, "minItems", "maxItems", (min, max) => new ArrayNode(item, min, max));
    }

    private static SchemaNode Bounded(SchemaPart schema, string minimum, string maximum, Func<int, int?, SchemaNode> create)
    {
        int min = schema.Count(minimum) ?? 0;
        int? max = schema.Count(maximum);
        return max < min ? throw schema.Refuse(maximum, $"{maximum} is less than {minimum}") : create(min, max);
    }
}
