using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Reads a model's text as JSON: one value by RFC 8259, white space around it allowed, names unique, nothing else. Every metric of every gate asks for the same
/// answers and references, so a text is read once for as long as it lives.
/// </summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };
    private static readonly ConditionalWeakTable<string, Reading> s_read = [];

    /// <summary>The value, or null when the text is no JSON.</summary>
    public static JsonElement? TryParse(string text) => s_read.GetValue(text, static text => new Reading(Parse(text))).Value;

    /// <summary>As <see cref="TryParse"/>, for objects only. Most plain text is turned down by its first character, long before an exception is.</summary>
    public static JsonElement? TryParseObject(string text)
        => text.AsSpan().TrimStart().StartsWith('{') && TryParse(text) is { ValueKind: JsonValueKind.Object } value ? value : null;

    public static JsonElement? Property(JsonElement? value, string name)
        => value is { } json && json.TryGetProperty(name, out JsonElement property) ? property : null;

    private static JsonElement? Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text, s_strict);
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

    private sealed record Reading(JsonElement? Value);
}
