using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume.EntryPoints;

/// <summary>A C# type of answers.</summary>
/// <param name="Name">As C# writes it.</param>
/// <param name="Read">From an expression for a <c>JsonElement</c> that is not null, the expression for the value.</param>
internal sealed record AnswerType(string Name, Func<string, string> Read)
{
    /// <summary>Whether the schema allows JSON's null.</summary>
    public bool IsNullable { get; init; }
}

/// <summary>
/// The types of what one model answers: a record per object of its schema, an enumeration per set of labels. What the schema leaves open, or says in a way that C# has no
/// word for (<c>anyOf</c>, <c>$ref</c>), stays a <c>JsonElement</c>.
/// </summary>
internal sealed class AnswerTypes
{
    private const string Json = "global::System.Text.Json.JsonElement";
    private const string Linq = "global::System.Linq.Enumerable";

    private readonly List<LabelEnum> _enums = [];
    private readonly List<AnswerRecord> _records = [];
    private readonly HashSet<string> _names;
    private int _variables;

    /// <param name="className">Of the class around them, whose name none of them may have.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7004</c>: the schema holds what is no text.</exception>
    public AnswerTypes(string className, ModelManifest package)
    {
        _names = new(StringComparer.Ordinal) { className };
        try
        {
            Describe(package);
        }
        catch (InvalidOperationException e)
        {
            // Half a surrogate pair passes for JSON and is no text.
            throw new DiagnosticException(ConsumeErrors.UnreadableManifest(package.Id, $"the schema of its answers: {e.Message}"), e);
        }
    }

    public void Write(SourceText source, string packageId)
    {
        _enums.ForEach(labels => labels.Write(source));
        _records.ForEach(record => record.Write(source, packageId));
    }

    private void Describe(ModelManifest package)
    {
        string[] described = [];
        if (package.Decoding?.JsonSchema is { } schema && Properties(schema) is { Count: > 0 } properties)
        {
            string[] plain = [.. ObjectOf(schema, properties, "").Members.Where(m => m.Type.Name == "string").Select(m => m.Field)];
            described = [.. properties.Select(p => p.Name).Except(plain, StringComparer.Ordinal)];
        }

        // Labels that training rows teach, where the schema does not name its own.
        foreach ((string field, IReadOnlyList<string> labels) in package.Labels ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            if (!described.Contains(field, StringComparer.Ordinal))
            {
                EnumOf(field.Length == 0 ? "" : Names.Pascal(field), [.. labels.OfType<string>().Distinct(StringComparer.Ordinal)]);
            }
        }
    }

    private AnswerType TypeOf(JsonElement schema, string path)
    {
        (string? kind, bool nullable) = KindOf(schema);
        AnswerType type = kind switch
        {
            "enum" => EnumOf(path, [.. schema.GetProperty("enum").EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!).Distinct(StringComparer.Ordinal)]),
            "string" => new AnswerType("string", e => $"({e}.GetString() ?? throw new global::System.FormatException(\"null\"))"),
            "integer" => new AnswerType("long", e => $"{e}.GetInt64()"),
            "number" => new AnswerType("double", e => $"{e}.GetDouble()"),
            "boolean" => new AnswerType("bool", e => $"{e}.GetBoolean()"),
            "array" when schema.TryGetProperty("items", out JsonElement items) && items.ValueKind == JsonValueKind.Object => ListOf(TypeOf(items, path + "Item")),
            "object" when Properties(schema) is { Count: > 0 } properties => RecordType(ObjectOf(schema, properties, path)),
            _ => new AnswerType(Json, e => $"{e}.Clone()"),
        };
        return type with { IsNullable = nullable && type.Name != Json };
    }

    private AnswerRecord ObjectOf(JsonElement schema, List<JsonProperty> properties, string path)
    {
        string name = Unique("Answer" + path);
        HashSet<string> required = schema.TryGetProperty("required", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)] : [];
        AnswerMember[] members = [.. properties.Zip(Names.Of([.. properties.Select(p => p.Name)]),
            (property, member) => new AnswerMember(property.Name, member == name ? member + "_" : member, required.Contains(property.Name), TypeOf(property.Value, path + Names.Pascal(property.Name))))];
        var record = new AnswerRecord(name, Unique("Read" + name), members, Variable);
        _records.Add(record);
        return record;
    }

    private AnswerType EnumOf(string path, IReadOnlyList<string> labels)
    {
        string name = Unique(path + "Label");
        _enums.Add(new LabelEnum(name, path.Length == 0 ? "What the model answers." : "What the model answers in one field.", labels));
        return new AnswerType(name, e =>
        {
            string variable = Variable();
            return $"(TryParse({e}.GetString(), out {name} {variable}) ? {variable} : throw new global::System.FormatException(\"no label\"))";
        });
    }

    private AnswerType ListOf(AnswerType item)
    {
        string type = item.Name + (item.IsNullable ? "?" : "");
        return new AnswerType($"global::System.Collections.Generic.IReadOnlyList<{type}>", e =>
        {
            string variable = Variable();
            string read = item.IsNullable ? $"{variable}.ValueKind == global::System.Text.Json.JsonValueKind.Null ? null : {item.Read(variable)}" : item.Read(variable);
            return $"{Linq}.ToArray({Linq}.Select<{Json}, {type}>({e}.EnumerateArray(), {variable} => {read}))";
        });
    }

    private static AnswerType RecordType(AnswerRecord record) => new(record.Name, e => $"{record.Reader}({e})");

    /// <summary>The one type that is not null, <c>enum</c> for an enumeration of texts, or null where there is no such one.</summary>
    private static (string? Kind, bool IsNullable) KindOf(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return (null, false);
        }

        if (schema.TryGetProperty("enum", out JsonElement values) && values.ValueKind == JsonValueKind.Array)
        {
            JsonValueKind[] kinds = [.. values.EnumerateArray().Select(v => v.ValueKind)];
            return (kinds.Contains(JsonValueKind.String) && kinds.All(k => k is JsonValueKind.String or JsonValueKind.Null) ? "enum" : null, kinds.Contains(JsonValueKind.Null));
        }

        if (!schema.TryGetProperty("type", out JsonElement type))
        {
            return (null, false);
        }

        string?[] types = type.ValueKind == JsonValueKind.String ? [type.GetString()]
            : type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.ValueKind == JsonValueKind.String ? t.GetString() : null)] : [];
        string?[] others = [.. types.Where(t => t != "null")];
        return (others.Length == 1 ? others[0] : null, others.Length < types.Length);
    }

    private static List<JsonProperty> Properties(JsonElement schema) => schema.ValueKind == JsonValueKind.Object && KindOf(schema) is ("object", _)
        && schema.TryGetProperty("properties", out JsonElement properties) && properties.ValueKind == JsonValueKind.Object
            ? [.. properties.EnumerateObject().DistinctBy(p => p.Name, StringComparer.Ordinal)] : [];

    private string Variable() => $"v{++_variables}";

    private string Unique(string name)
    {
        string unique = name.Length > 200 ? name[..200] : name;
        for (int number = 2; !_names.Add(unique); number++)
        {
            unique = $"{name}_{number}";
        }

        return Names.Escape(unique);
    }
}
