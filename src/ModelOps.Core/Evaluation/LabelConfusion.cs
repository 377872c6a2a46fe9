using System.Text.Json;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Evaluation;

/// <summary>
/// Which label was given where which one is right. Computed from the answers, so it is no part of <c>eval.json</c>.
/// </summary>
/// <param name="Field">The field of the JSON answers; null where the whole answer is the label.</param>
/// <param name="Labels">The labels that occur in the references, in ordinal order.</param>
/// <param name="Counts">[right label][given label]; one column more than labels, for answers that are none of them.</param>
public sealed record LabelConfusion(string? Field, IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<int>> Counts)
{
    /// <summary>A table with more labels than this tells nobody anything.</summary>
    public const int MostLabels = 100;

    /// <summary>
    /// One table for every label of the set: the answer itself, or the fields of JSON answers, where the references have at least two and at most
    /// half as many values as rows. None where answers are free text.
    /// </summary>
    public static IReadOnlyList<LabelConfusion> Of(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        if (ReferenceFields.Of(items) is not { } fields)
        {
            return Table(null, [.. items.Select(i => i.Reference.Trim())], [.. run.Answers.Select(a => a.Text.Trim())]) is { } whole ? [whole] : [];
        }

        JsonElement?[] references = [.. items.Select(i => JsonText.TryParseObject(i.Reference))];
        JsonElement?[] answers = [.. run.Answers.Select(a => JsonText.TryParseObject(a.Text))];
        return [.. fields.Select(field => Table(field, [.. references.Select(r => Text(r, field))], [.. answers.Select(a => Text(a, field))])).OfType<LabelConfusion>()];
    }

    private static LabelConfusion? Table(string? field, string?[] expected, string?[] given)
    {
        string[] labels = [.. expected.Select(e => e ?? "").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (labels.Length < 2 || labels.Length > Math.Min(MostLabels, expected.Length / 2))
        {
            return null;
        }

        Dictionary<string, int> index = labels.Index().ToDictionary(l => l.Item, l => l.Index, StringComparer.Ordinal);
        int[][] counts = [.. labels.Select(_ => new int[labels.Length + 1])];
        for (int row = 0; row < expected.Length; row++)
        {
            counts[index[expected[row] ?? ""]][given[row] is { } label && index.TryGetValue(label, out int column) ? column : labels.Length]++;
        }

        return new LabelConfusion(field, labels, counts);
    }

    /// <summary>A string's text, another value's JSON; empty where the field is lacking, null where the answer is no object.</summary>
    private static string? Text(JsonElement? json, string field) => json is null ? null
        : JsonText.Property(json, field) is not { } value ? ""
        : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
}
