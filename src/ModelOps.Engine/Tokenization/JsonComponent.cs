using System.Text.Json;

namespace ModelOps.Engine.Tokenization;

/// <summary>A place in a JSON file that knows its file and path, so that every refusal can name both.</summary>
internal readonly record struct JsonComponent(string File, string Path, JsonElement Element)
{
    public string Type => Text("type");

    public JsonComponent Required(string name)
    {
        if (Element.ValueKind != JsonValueKind.Object || !Element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            throw Refuse($"'{name}' is missing");
        return At(name, value);
    }

    public JsonComponent? Optional(string name) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? At(name, value)
            : null;

    public string Text(string name) => Required(name).AsText();

    public string? OptionalText(string name) => Optional(name)?.AsText();

    public bool Flag(string name, bool otherwise) => Optional(name) switch
    {
        null => otherwise,
        { Element.ValueKind: JsonValueKind.True } => true,
        { Element.ValueKind: JsonValueKind.False } => false,
        { } value => throw value.Refuse("expected true or false"),
    };

    public int Number(string name) =>
        Required(name) is { Element.ValueKind: JsonValueKind.Number } value && value.Element.TryGetInt32(out int number)
            ? number
            : throw Required(name).Refuse("expected a whole number");

    public string AsText() =>
        Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Refuse("expected a string");

    public IEnumerable<JsonComponent> List(string name)
    {
        var list = Required(name);
        if (list.Element.ValueKind != JsonValueKind.Array)
            throw list.Refuse("expected a list");
        return list.Element.EnumerateArray().Select((e, i) => new JsonComponent(list.File, $"{list.Path}[{i}]", e));
    }

    public TokenizerException Refuse(string reason) => new(File, Path.Length == 0 ? reason : $"{Path}: {reason}");

    public TokenizerException Unsupported(string kind) => Refuse($"the {kind} '{Type}' is not supported");

    private JsonComponent At(string name, JsonElement value) => new(File, Path.Length == 0 ? name : $"{Path}.{name}", value);
}
