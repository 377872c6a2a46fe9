using System.Text.Json;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Evaluation;

/// <summary>The labels of a set of right answers.</summary>
public static class LabelSets
{
    /// <summary>More labels than this tell nobody anything.</summary>
    public const int Most = 100;

    /// <summary>
    /// The labels by field, in ordinal order; the field's name is empty where the whole answer is the label. Answers are labels where they have at
    /// least two and at most half as many values as rows. Empty where answers are free text.
    /// </summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Of(IReadOnlyList<string> answers)
    {
        var sets = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (JsonObjects(answers) is { } objects)
        {
            foreach (string field in objects.SelectMany(o => o.EnumerateObject()).Select(p => p.Name).Distinct(StringComparer.Ordinal))
            {
                Add(field, objects.Select(o => TextOf(o, field)!));
            }
        }
        else
        {
            Add("", answers.Select(a => a.Trim()));
        }

        return sets;

        void Add(string field, IEnumerable<string> values)
        {
            string[] labels = [.. values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            if (labels.Length >= 2 && labels.Length <= Math.Min(Most, answers.Count / 2))
            {
                sets.Add(field, labels);
            }
        }
    }

    /// <summary>The label that a text gives: the trimmed text for the empty field; else a string's text or another value's JSON, empty where the field is lacking, null where the text is no object.</summary>
    internal static string? TextOf(string answer, string field) => field.Length == 0 ? answer.Trim() : TextOf(JsonText.TryParseObject(answer), field);

    private static string? TextOf(JsonElement? json, string field) => json is null ? null
        : JsonText.Property(json, field) is not { } value ? ""
        : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    private static List<JsonElement>? JsonObjects(IReadOnlyList<string> answers)
    {
        var objects = new List<JsonElement>(answers.Count);
        foreach (string answer in answers)
        {
            if (JsonText.TryParseObject(answer) is not { } json)
            {
                return null;
            }

            objects.Add(json);
        }

        return objects;
    }
}
