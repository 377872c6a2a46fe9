using System.Globalization;
using System.Text.Json;

namespace ModelOps.Core.Packaging;

/// <summary>What callers of the last release would lose, and what version that asks for.</summary>
public static class BehaviourChange
{
    /// <summary>
    /// A label that the release could give and the new model cannot, or another schema of answers; each in words, in a fixed order. Empty where
    /// callers need not change.
    /// </summary>
    /// <param name="labels">Of the new model, as <see cref="ModelManifest.Labels"/>.</param>
    /// <param name="schema">Of the new model's answers; null for any text.</param>
    public static IReadOnlyList<string> Breaks(ModelManifest released, IReadOnlyDictionary<string, IReadOnlyList<string>> labels, JsonElement? schema)
    {
        var breaks = new List<string>();
        foreach ((string field, IReadOnlyList<string> had) in released.Labels ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            string[] lost = [.. had.Except(labels.GetValueOrDefault(field, []), StringComparer.Ordinal)];
            if (lost.Length > 0)
            {
                string of = field.Length == 0 ? "" : $" of '{field}'";
                breaks.Add($"the label{(lost.Length == 1 ? "" : "s")} {string.Join(", ", lost.Select(l => $"'{l}'"))}{of} {(lost.Length == 1 ? "is" : "are")} gone");
            }
        }

        if (!IsSame(released.Decoding?.JsonSchema, schema))
        {
            breaks.Add("the schema of answers changed");
        }

        return breaks;
    }

    /// <summary>Whether a version may break what callers of another one rely on: a larger major version, or before 1.0.0 a larger minor one (SemVer 2.0.0, 4 and 8).</summary>
    public static bool MayBreak(string released, string next)
    {
        (int major, int minor) = Read(released);
        (int nextMajor, int nextMinor) = Read(next);
        return nextMajor > major || (major == 0 && nextMajor == 0 && nextMinor > minor);
    }

    private static (int Major, int Minor) Read(string version)
    {
        string[] parts = version.Split('-', '+')[0].Split('.');
        return (Number(0), Number(1));

        int Number(int part) => part < parts.Length && int.TryParse(parts[part], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }

    private static bool IsSame(JsonElement? first, JsonElement? second)
        => first is { } a && second is { } b ? JsonElement.DeepEquals(a, b) : first is null && second is null;
}
