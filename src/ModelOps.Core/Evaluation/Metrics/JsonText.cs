using System.Text.Json;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>Reads a model's text as JSON: one value by RFC 8259, white space around it allowed, names unique, nothing else.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>The value, detached from its document, or null when the text is no JSON.</summary>
    public static JsonElement? TryParse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, s_strict);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
        catch (ArgumentException)
        {
            // A lone surrogate: text that cannot be UTF-8 is no JSON either.
            return null;
        }
    }

    /// <summary>As <see cref="TryParse"/>, for objects only. Most plain text is turned down by its first character, long before an exception is.</summary>
    public static JsonElement? TryParseObject(string text)
        => text.AsSpan().TrimStart().StartsWith('{') && TryParse(text) is { ValueKind: JsonValueKind.Object } value ? value : null;

    public static JsonElement? Property(JsonElement? value, string name)
        => value is { } json && json.TryGetProperty(name, out JsonElement property) ? property : null;
}
