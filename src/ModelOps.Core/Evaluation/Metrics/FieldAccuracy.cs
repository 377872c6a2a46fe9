using System.Text.Json;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Share of answers that are a JSON object whose field equals the reference's, as JSON values. A field that the reference lacks must be
/// lacking in the answer. An answer that is no JSON object is wrong.
/// </summary>
public sealed class FieldAccuracy(string field) : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(FieldAccuracy), field);

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        ReferenceFields.Require(Spec, field, items);
        return new RightWrongSample([.. items.Select((item, i) => IsMatch(item.Reference, run.Answers[i].Text))]);
    }

    private bool IsMatch(string reference, string answer)
    {
        if (JsonText.TryParseObject(answer) is not { } actual)
        {
            return false;
        }

        JsonElement? expected = JsonText.Property(JsonText.TryParseObject(reference), field);
        JsonElement? found = JsonText.Property(actual, field);
        return expected is { } e && found is { } f ? JsonElement.DeepEquals(e, f) : expected is null && found is null;
    }
}

/// <summary>The top-level fields of references that are JSON objects.</summary>
internal static class ReferenceFields
{
    /// <summary>All field names in ordinal order; null when some reference is no JSON object.</summary>
    public static IReadOnlyList<string>? Of(IReadOnlyList<EvaluationItem> items)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (EvaluationItem item in items)
        {
            if (JsonText.TryParseObject(item.Reference) is not { } reference)
            {
                return null;
            }

            names.UnionWith(reference.EnumerateObject().Select(p => p.Name));
        }

        return [.. names];
    }

    /// <summary>Throws where no reference has the field: a misspelt field must not score "absent in both".</summary>
    public static void Require(MetricSpec spec, string field, IReadOnlyList<EvaluationItem> items)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (EvaluationItem item in items)
        {
            if (JsonText.TryParseObject(item.Reference) is { } reference)
            {
                if (reference.TryGetProperty(field, out _))
                {
                    return;
                }

                names.UnionWith(reference.EnumerateObject().Select(p => p.Name));
            }
        }

        throw EvaluationErrors.UnknownField(spec, field, [.. names]);
    }
}
