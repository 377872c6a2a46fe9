using System.Text.Json;

namespace ModelOps.Engine.Generation.Constraints;

/// <summary>An element of a schema and where it stands, as a JSON pointer in a URI fragment.</summary>
internal readonly record struct SchemaPart(JsonElement Element, string Pointer)
{
    internal static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    internal JsonSchemaException Refuse(string keyword, string reason) =>
        new(keyword, keyword.Length == 0 ? Pointer : $"{Pointer}/{Escape(keyword)}", reason);

    internal SchemaPart At(string name) => new(Element.GetProperty(name), $"{Pointer}/{Escape(name)}");

    internal SchemaPart Object(string keyword) =>
        Element.GetProperty(keyword).ValueKind == JsonValueKind.Object ? At(keyword) : throw Refuse(keyword, $"{keyword} is an object");

    internal IEnumerable<SchemaPart> List(string keyword, bool mayBeEmpty = false)
    {
        var list = Element.GetProperty(keyword);
        if (list.ValueKind != JsonValueKind.Array || (list.GetArrayLength() == 0 && !mayBeEmpty))
            throw Refuse(keyword, $"{keyword} is a list{(mayBeEmpty ? "" : " with at least one entry")}");
        string pointer = $"{Pointer}/{keyword}";
        return list.EnumerateArray().Select((entry, i) => new SchemaPart(entry, $"{pointer}/{i}"));
    }

    internal string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Refuse("", "this is a string");

    internal string Text(string keyword) => Text(keyword, Element.GetProperty(keyword));

    internal string Text(string keyword, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Refuse(keyword, $"{keyword} is a string");

    /// <summary>A length or number of items; null where there is none.</summary>
    internal int? Count(string keyword)
    {
        if (!Element.TryGetProperty(keyword, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count is >= 0 and <= SchemaReader.MaximumCount ? count
            : throw Refuse(keyword, $"{keyword} is a whole number from 0 to {SchemaReader.MaximumCount}");
    }
}
