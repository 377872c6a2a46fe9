using System.Text.Json;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>The label that a text stands for.</summary>
internal static class Labels
{
    /// <summary>The trimmed text, or a field's value as text that keeps kinds apart; null where the text has none because it is no JSON object.</summary>
    public static string? Of(string text, string? field)
    {
        if (field is null)
        {
            return text.Trim();
        }

        return JsonText.TryParseObject(text) is not { } json ? null
            : JsonText.Property(json, field) is not { } value ? "absent"
            : value.ValueKind == JsonValueKind.String ? "string:" + value.GetString()
            : "json:" + value.GetRawText();
    }
}
