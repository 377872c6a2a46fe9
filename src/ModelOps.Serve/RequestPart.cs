using System.Text.Json;

namespace ModelOps.Serve;

/// <summary>A value of the request and its place. A field that is null counts as left out, as in OpenAI's clients.</summary>
/// <param name="Path">Such as <c>messages[0].content</c>; empty for the body.</param>
internal readonly record struct RequestPart(JsonElement Element, string Path)
{
    private string Name => Path.Length == 0 ? "the body" : $"'{Path}'";

    public void RequireObject()
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("a JSON object");
        }
    }

    public RequestPart? Find(string name)
        => Element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? new RequestPart(value, Path.Length == 0 ? name : $"{Path}.{name}") : null;

    public RequestPart? Object(string name)
    {
        RequestPart? part = Find(name);
        part?.RequireObject();
        return part;
    }

    public IEnumerable<RequestPart> Items()
    {
        string path = Path;
        return Element.ValueKind == JsonValueKind.Array ? Element.EnumerateArray().Select((item, i) => new RequestPart(item, $"{path}[{i}]")) : throw Wrong("a list");
    }

    public string AsText() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong("a text");

    public string? Text(string name) => Find(name)?.AsText();

    public bool? Bool(string name) => Find(name) is not { } part ? null
        : part.Element.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => throw part.Wrong("true or false") };

    public double? Number(string name, double low, double high)
    {
        if (Find(name) is not { } part)
        {
            return null;
        }

        return part.Element.ValueKind == JsonValueKind.Number && part.Element.TryGetDouble(out double value) && value >= low && value <= high
            ? value : throw part.Wrong($"a number from {low} to {high}");
    }

    public int? Int(string name, int low, int high) => (int?)Whole(name, low, high);

    public long? Long(string name) => Whole(name, long.MinValue, long.MaxValue);

    private long? Whole(string name, long low, long high)
    {
        if (Find(name) is not { } part)
        {
            return null;
        }

        return part.Element.ValueKind == JsonValueKind.Number && part.Element.TryGetInt64(out long value) && value >= low && value <= high
            ? value : throw part.Wrong(high is int.MaxValue or long.MaxValue ? $"a whole number of at least {low}" : $"a whole number from {low} to {high}");
    }

    private ApiError Wrong(string expected) => new(400, $"{char.ToUpperInvariant(Name[0])}{Name[1..]} is no such value: expected {expected}.", Path.Length == 0 ? null : Path, "invalid_type");
}
