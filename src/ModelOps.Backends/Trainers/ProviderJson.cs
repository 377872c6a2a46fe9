using System.Globalization;
using System.Text.Json;

namespace ModelOps.Backends.Trainers;

/// <summary>Lenient reading of what providers send: members come and go between versions of an API, and null means absent.</summary>
internal static class ProviderJson
{
    public static JsonElement? Member(this JsonElement json, string name)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement json, string name) => json.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static long? Whole(this JsonElement json, string name)
        => json.Member(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long whole) ? whole : null;

    public static IEnumerable<JsonElement> List(this JsonElement json, string name) => json.Member(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>A time as seconds since 1970 or as ISO 8601; the beginning of time where it is neither, so that such a job counts as old.</summary>
    public static DateTimeOffset Time(this JsonElement json, string name)
        => json.Whole(name) is { } seconds and > 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.TryParse(json.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : DateTimeOffset.UnixEpoch;
}
