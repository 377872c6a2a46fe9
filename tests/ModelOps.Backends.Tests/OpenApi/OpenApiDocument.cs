using System.Text.Json.Nodes;

namespace ModelOps.Backends.Tests.OpenApi;

/// <summary>A published OpenAPI document, and whether a message is one that it allows. Objects that list their members allow no others, stricter than JSON Schema: a misspelt member is no extension.</summary>
internal sealed class OpenApiDocument(JsonNode root)
{
    /// <summary>Where the documents lie beside the repository; the tests say so and are skipped where they do not.</summary>
    public static string Folder => Path.Combine(SourceTree.Root, "..", "shared", "cases", "openapi");

    /// <summary>What is wrong with a request; empty when the document allows it.</summary>
    public IReadOnlyList<string> Request(string method, string path, JsonNode? body, IEnumerable<string> query, string type = "application/json")
    {
        var problems = new List<string>();
        if (Operation(method, path) is not { } operation)
        {
            return [$"{method} {path} is no operation"];
        }

        HashSet<string> known = [.. (operation["parameters"]?.AsArray() ?? []).Select(Resolve).Where(p => (string?)p!["in"] == "query").Select(p => (string)p!["name"]!)];
        problems.AddRange(query.Where(q => !known.Contains(q.Split('[')[0])).Select(q => $"{method} {path}: no query parameter '{q}'"));
        if (body is not null)
        {
            JsonNode? schema = operation["requestBody"]?["content"]?[type]?["schema"];
            problems.AddRange(schema is null ? [$"{method} {path} takes no {type}"] : Check(body, schema, $"{method} {path}"));
        }

        return problems;
    }

    /// <summary>What is wrong with an answer.</summary>
    public IReadOnlyList<string> Answer(string method, string path, string status, JsonNode body)
        => Operation(method, path)?["responses"]?[status]?["content"]?["application/json"]?["schema"] is { } schema ? Check(body, schema, $"{status} of {method} {path}") : [$"{method} {path} answers no {status}"];

    private JsonNode? Operation(string method, string path)
    {
        string[] parts = path.Split('/');
        return root["paths"]!.AsObject().FirstOrDefault(p => p.Key.Split('/') is var template && template.Length == parts.Length
            && template.Zip(parts, (t, s) => t == s || t.StartsWith('{')).All(same => same) && p.Value![method.ToLowerInvariant()] is not null
            && (p.Key == path || !root["paths"]!.AsObject().ContainsKey(path))).Value?[method.ToLowerInvariant()];
    }

    private JsonNode? Resolve(JsonNode? node)
    {
        while ((string?)(node as JsonObject)?["$ref"] is { } reference)
        {
            node = reference.Split('/').Skip(1).Aggregate(root, (at, name) => at[name]!);
        }

        return node;
    }

    private List<string> Check(JsonNode? value, JsonNode? schemaNode, string at)
    {
        if (Resolve(schemaNode) is not JsonObject schema)
        {
            return [];
        }

        var problems = new List<string>();
        if (value is null)
        {
            return AllowsNull(schema) ? [] : [$"{at}: null"];
        }

        foreach (string choice in (string[])["oneOf", "anyOf"])
        {
            if (schema[choice] is JsonArray options && options.Select(o => Check(value, o, at)).ToArray() is var tried && !Array.Exists(tried, t => t.Count == 0))
            {
                problems.AddRange(tried.MinBy(t => t.Count)!);
            }
        }

        problems.AddRange((schema["allOf"] as JsonArray ?? []).SelectMany(part => Check(value, part, at)));
        problems.AddRange(CheckType(value, schema, at));
        return problems;
    }

    private IEnumerable<string> CheckType(JsonNode value, JsonObject schema, string at)
    {
        if (schema["enum"] is JsonArray words && !words.Any(w => JsonNode.DeepEquals(w, value)))
        {
            yield return $"{at}: {value.ToJsonString()} is none of {words.ToJsonString()}";
        }

        // A type beside alternatives of other types is a slip of the document (Together's batch_size and train_on_inputs); the alternatives decide.
        string? type = schema["oneOf"] is null && schema["anyOf"] is null ? (string?)(schema["type"] as JsonValue) : null;
        System.Text.Json.JsonValueKind kind = value.GetValueKind();
        bool fits = type switch
        {
            "string" => kind == System.Text.Json.JsonValueKind.String,
            "integer" => kind == System.Text.Json.JsonValueKind.Number && (double)value == Math.Floor((double)value),
            "number" => kind == System.Text.Json.JsonValueKind.Number,
            "boolean" => kind is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
            "array" => value is JsonArray,
            "object" => value is JsonObject,
            _ => true,
        };
        if (!fits)
        {
            yield return $"{at}: {value.ToJsonString()} is no {type}";
            yield break;
        }

        foreach (string problem in value switch
        {
            JsonObject json => CheckMembers(json, schema, at),
            JsonArray list => list.SelectMany((item, i) => Check(item, schema["items"], $"{at}[{i}]")),
            _ => CheckBounds(value, schema, at),
        })
        {
            yield return problem;
        }
    }

    private IEnumerable<string> CheckMembers(JsonObject value, JsonObject schema, string at)
    {
        JsonObject? properties = schema["properties"] as JsonObject;
        foreach (string name in (schema["required"] as JsonArray ?? []).Select(r => (string)r!).Where(r => !value.ContainsKey(r)))
        {
            yield return $"{at}: '{name}' is missing";
        }

        foreach ((string name, JsonNode? member) in value)
        {
            JsonNode? known = properties?[name] ?? (schema["additionalProperties"] as JsonObject);
            if (known is null && properties is not null && schema["additionalProperties"] is not JsonValue)
            {
                yield return $"{at}: no member '{name}'";
            }

            foreach (string problem in known is null ? [] : Check(member, known, $"{at}.{name}"))
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> CheckBounds(JsonNode value, JsonObject schema, string at)
    {
        if (value.GetValueKind() == System.Text.Json.JsonValueKind.Number)
        {
            double number = (double)value;
            bool above = schema["minimum"] is not { } least || number > (double)least || (number == (double)least && schema["exclusiveMinimum"] is null);
            bool below = schema["maximum"] is not { } most || number <= (double)most;
            if (!above || !below)
            {
                yield return $"{at}: {number} is out of range";
            }
        }
        else if (value.GetValueKind() == System.Text.Json.JsonValueKind.String)
        {
            int length = ((string)value!).Length;
            if (length < ((int?)schema["minLength"] ?? 0) || length > ((int?)schema["maxLength"] ?? int.MaxValue))
            {
                yield return $"{at}: {length} characters";
            }
        }
    }

    private bool AllowsNull(JsonObject schema)
        => (bool?)schema["nullable"] == true || (string?)(schema["type"] as JsonValue) == "null"
            || ((schema["oneOf"] ?? schema["anyOf"]) as JsonArray ?? []).Any(o => Resolve(o) is JsonObject option && AllowsNull(option));
}
