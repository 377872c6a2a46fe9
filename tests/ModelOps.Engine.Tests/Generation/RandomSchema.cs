using System.Text.Json.Nodes;
using ModelOps.Engine.Models;

namespace ModelOps.Engine.Tests.Generation;

/// <summary>Schemas of the subset, drawn at random: every keyword, awkward names and values, references in circles.</summary>
internal sealed class RandomSchema(ulong seed)
{
    private static readonly string[] s_texts = ["", "a", "ab", "abc", "b", "\"", "\\", "a\nb", "é", "日本", "😀", "null", "a b", "\u0001", "{}", "1"];
    private readonly CounterRandom _random = new(seed, 99);
    private ulong _at;

    internal JsonObject Next()
    {
        var root = Draw(0);
        if (Below(3) > 0)
            root["$defs"] = new JsonObject { ["one"] = Draw(1), ["two"] = Container(1), ["tree"] = Tree() };
        else
            Replace(root);
        return root;
    }

    /// <summary>Without definitions nothing can be referred to.</summary>
    private static void Replace(JsonNode? node)
    {
        if (node is JsonObject it)
        {
            if (it.ContainsKey("$ref"))
            {
                it.Clear();
                it["type"] = "integer";
            }

            it.ToList().ForEach(p => Replace(p.Value));
        }
        else if (node is JsonArray list)
        {
            list.ToList().ForEach(Replace);
        }
    }

    private static JsonObject Tree() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["name"] = new JsonObject { ["type"] = "string", ["maxLength"] = 2 },
            ["children"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = "#/$defs/tree" }, ["maxItems"] = 3 },
            ["left"] = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/$defs/tree" }, new JsonObject { ["type"] = "null" }) },
        },
        ["required"] = new JsonArray("name", "left"),
        ["additionalProperties"] = false,
    };

    private JsonObject Draw(int depth) => Below(depth > 3 ? 5 : 11) switch
    {
        0 => Text(),
        1 => new JsonObject { ["type"] = Below(2) == 0 ? "integer" : "number" },
        2 => new JsonObject { ["type"] = Below(2) == 0 ? "boolean" : "null" },
        3 => new JsonObject { ["enum"] = new JsonArray([.. Enumerable.Range(0, 1 + Below(4)).Select(_ => Constant(depth))]) },
        4 => new JsonObject { ["const"] = Constant(depth) },
        5 => new JsonObject { ["type"] = new JsonArray("null", "string", "integer"), ["maxLength"] = Below(5) },
        6 => new JsonObject { ["anyOf"] = new JsonArray([.. Enumerable.Range(0, 1 + Below(3)).Select(_ => Draw(depth + 1))]) },
        7 => OneOf(depth),
        8 => new JsonObject { ["$ref"] = $"#/$defs/{(Below(2) == 0 ? "two" : "tree")}" },
        _ => Container(depth),
    };

    private JsonObject Text()
    {
        var schema = new JsonObject { ["type"] = "string" };
        int minimum = Below(4);
        if (Below(2) == 0)
            schema["minLength"] = minimum;
        if (Below(2) == 0)
            schema["maxLength"] = minimum + Below(4);
        return schema;
    }

    private JsonObject Container(int depth) => Below(2) == 0 ? Object(depth) : Array(depth);

    private JsonObject Array(int depth)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Draw(depth + 1) };
        int minimum = Below(3);
        if (Below(2) == 0)
            schema["minItems"] = minimum;
        if (Below(2) == 0)
            schema["maxItems"] = minimum + Below(3);
        return schema;
    }

    private JsonObject Object(int depth)
    {
        var names = Enumerable.Range(0, 1 + Below(4)).Select(_ => s_texts[Below(s_texts.Length)]).Distinct().ToList();
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject(names.Select(n => KeyValuePair.Create(n, (JsonNode?)Draw(depth + 1)))) };
        var required = names.Where(_ => Below(2) == 0).ToList();
        if (required.Count > 0)
            schema["required"] = new JsonArray([.. required.Select(n => (JsonNode)n)]);
        if (Below(2) == 0)
            schema["additionalProperties"] = false;
        return schema;
    }

    private JsonObject OneOf(int depth)
    {
        JsonObject Branch(string kind) => new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["kind"] = new JsonObject { ["const"] = kind }, ["value"] = Draw(depth + 1) },
            ["required"] = new JsonArray("kind"),
        };
        return new JsonObject { ["oneOf"] = new JsonArray(Branch("a"), Branch("ab"), new JsonObject { ["type"] = "number" }) };
    }

    private JsonNode? Constant(int depth) => Below(depth > 3 ? 5 : 7) switch
    {
        0 => null,
        1 => Below(2) == 0,
        2 => Below(200) - 100,
        3 => JsonNode.Parse(Below(2) == 0 ? "1.50" : "-2e3"),
        4 => s_texts[Below(s_texts.Length)],
        5 => new JsonArray(Constant(depth + 1), Constant(depth + 1)),
        _ => new JsonObject { [s_texts[Below(s_texts.Length)]] = Constant(depth + 1) },
    };

    private int Below(int count) => (int)(_random.Uniform(_at++) * count);
}
