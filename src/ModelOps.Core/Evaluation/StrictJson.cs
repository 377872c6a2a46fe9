using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation;

/// <summary>Reads members of our own files; whatever is missing or of another kind is a <see cref="FormatException"/> that names it.</summary>
internal static class StrictJson
{
    /// <summary>Parses a file and hands its root to <paramref name="read"/>; every way in which the file is wrong becomes <paramref name="invalid"/>.</summary>
    public static T ReadFile<T>(string path, Func<JsonElement, T> read, Func<string, Exception> invalid)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or JsonProblemException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw invalid(e.Message);
        }
    }

    public static void RequireFormat(JsonElement json, int expected)
    {
        int format = json.Int("format");
        if (format != expected)
        {
            throw new FormatException($"it has format {format}, and this version reads format {expected}.");
        }
    }

    public static JsonElement Member(this JsonElement json, string name)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) ? value
            : throw new FormatException($"'{name}' is missing.");

    public static JsonElement Object(this JsonElement json, string name)
        => json.Member(name) is { ValueKind: JsonValueKind.Object } value ? value : throw Kind(name, "an object");

    public static JsonElement? Optional(this JsonElement json, string name)
        => json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string String(this JsonElement json, string name)
        => json.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Kind(name, "a string");

    public static string? OptionalString(this JsonElement json, string name) => json.Optional(name) is null ? null : json.String(name);

    public static double Number(this JsonElement json, string name)
        => json.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number : throw Kind(name, "a finite number");

    public static double? OptionalNumber(this JsonElement json, string name) => json.Optional(name) is null ? null : json.Number(name);

    public static int Int(this JsonElement json, string name)
        => json.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : throw Kind(name, "a whole number");

    public static bool Bool(this JsonElement json, string name)
        => json.Member(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : throw Kind(name, "true or false");

    public static IEnumerable<JsonElement> Array(this JsonElement json, string name)
        => json.Member(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : throw Kind(name, "an array");

    /// <summary>One of the names of an enumeration, as <see cref="Name{T}"/> writes it.</summary>
    public static T Choice<T>(this JsonElement json, string name)
        where T : struct, Enum
    {
        string text = json.String(name);
        foreach (T value in Enum.GetValues<T>())
        {
            if (Name(value) == text)
            {
                return value;
            }
        }

        throw new FormatException($"'{name}' is '{text}', which is none of {string.Join(", ", Enum.GetValues<T>().Select(Name))}.");
    }

    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary><c>lower</c> and <c>upper</c>; null is unbounded.</summary>
    public static Interval Interval(this JsonElement json, double value)
    {
        _ = json.Member("lower");
        _ = json.Member("upper");
        var interval = new Interval(json.OptionalNumber("lower") ?? double.NegativeInfinity, json.OptionalNumber("upper") ?? double.PositiveInfinity);
        return interval.Contains(value) ? interval
            : throw new FormatException($"the interval {interval.Lower} to {interval.Upper} does not contain its value {value}.");
    }

    private static FormatException Kind(string name, string expected) => new($"'{name}' is not {expected}.");
}
