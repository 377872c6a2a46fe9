using System.Text.Json;

namespace ModelOps.Engine.Models;

/// <summary>Typed access to the keys of one JSON object; null and absent are the same.</summary>
internal sealed class ConfigReader
{
    private readonly JsonElement _root;

    internal ConfigReader(string file, JsonElement root)
    {
        File = file;
        _root = root;
    }

    internal string File { get; }

    internal int Int(string key) => IntOrNull(key) ?? throw new ModelFormatException(File, $"'{key}' is missing");

    internal int? IntOrNull(string key) =>
        Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
        : throw Wrong(key, value, "a whole number");

    internal double? Number(string key) =>
        Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number
        : throw Wrong(key, value, "a number");

    internal string? Text(string key) =>
        Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Wrong(key, value, "a string");

    internal bool? Flag(string key) =>
        Find(key) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(key, value, "true or false");

    internal ConfigReader? Object(string key) =>
        Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new ConfigReader(File, value)
        : throw Wrong(key, value, "an object");

    internal IReadOnlyList<int> IntOrList(string key)
    {
        if (Find(key) is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            return [Int(key)];
        return [.. value.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int id) ? id : throw Wrong(key, value, "whole numbers"))];
    }

    internal IReadOnlyList<string>? TextList(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return [value.GetString()!];
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(key, value, "a list of strings");
        return [.. value.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : throw Wrong(key, value, "a list of strings"))];
    }

    internal void Require(string key, params string[] supported)
    {
        if (Text(key) is { } text && !supported.Contains(text, StringComparer.Ordinal))
            throw Unsupported(key, string.Join(", ", supported));
    }

    /// <summary>A factor that this engine does not apply.</summary>
    internal void RequireAbsentOrOne(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (Number(key) is { } number && number != 1)
                throw Unsupported(key, "1 or absent");
        }
    }

    internal void RequireAbsentOrFalse(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (Flag(key) == true)
                throw Unsupported(key, "false");
        }
    }

    internal void RequireNull(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
            RequireNull(key, key);
    }

    /// <param name="option">What the message calls it.</param>
    internal void RequireNull(string key, string option)
    {
        if (Find(key) is { } value)
            throw new UnsupportedModelException(File, option, value.GetRawText(), "null or absent");
    }

    internal void RequireEmpty(string key)
    {
        if (Find(key) is { } value && (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Any()))
            throw Unsupported(key, "empty or absent");
    }

    internal UnsupportedModelException Unsupported(string key, string supported) =>
        new(File, key, Find(key)?.GetRawText() ?? "absent", supported);

    private JsonElement? Find(string key) =>
        _root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private ModelFormatException Wrong(string key, JsonElement value, string expected) =>
        new(File, $"'{key}' is {value.GetRawText()}; expected {expected}");
}
