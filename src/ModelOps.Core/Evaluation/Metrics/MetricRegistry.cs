using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>The metrics by name.</summary>
public static class MetricRegistry
{
    private enum FieldUse
    {
        None,
        Optional,
        Required,
    }

    private static readonly SortedDictionary<string, (FieldUse Field, Func<string?, IMetric> Create)> s_metrics = new(StringComparer.Ordinal)
    {
        [nameof(ExactMatch)] = (FieldUse.None, _ => new ExactMatch()),
        [nameof(FieldAccuracy)] = (FieldUse.Required, field => new FieldAccuracy(field!)),
        [nameof(JsonValid)] = (FieldUse.None, _ => new JsonValid()),
        ["MacroF1"] = (FieldUse.Optional, field => new F1(macro: true, field)),
        ["MicroF1"] = (FieldUse.Optional, field => new F1(macro: false, field)),
        [nameof(MeanLoss)] = (FieldUse.None, _ => new MeanLoss()),
    };

    /// <summary>All names, in ordinal order.</summary>
    public static IReadOnlyCollection<string> Names => s_metrics.Keys;

    /// <summary>The metric that a specification names; throws MOPS4001 to MOPS4003 at <paramref name="location"/> when there is none.</summary>
    public static IMetric Resolve(MetricSpec spec, SourceLocation? location = null)
    {
        if (!s_metrics.TryGetValue(spec.Name, out (FieldUse Field, Func<string?, IMetric> Create) entry))
        {
            throw EvaluationErrors.UnknownMetric(spec.Name, Names, location);
        }

        return (entry.Field, spec.Field) switch
        {
            (FieldUse.Required, null) => throw EvaluationErrors.FieldRequired(spec.Name, location),
            (FieldUse.None, not null) => throw EvaluationErrors.FieldNotAllowed(spec, location),
            _ => entry.Create(spec.Field),
        };
    }

    /// <summary>
    /// What a report shows: the primary metric, then for JSON answers validity and every field's accuracy, for other answers macro F1 where
    /// references repeat (labels), mean loss where the candidate was scored, and whatever the gates ask for besides.
    /// </summary>
    public static IReadOnlyList<MetricSpec> Select(IReadOnlyList<EvaluationItem> items, bool scored, IEnumerable<MetricSpec> gated)
    {
        var specs = new List<MetricSpec> { MetricSpec.Primary };
        if (ReferenceFields.Of(items) is { } fields)
        {
            specs.Add(new MetricSpec(nameof(JsonValid)));
            specs.AddRange(fields.Select(f => new MetricSpec(nameof(FieldAccuracy), f)));
        }
        else if (items.Select(i => i.Reference.Trim()).Distinct(StringComparer.Ordinal).Count() <= items.Count / 2)
        {
            specs.Add(new MetricSpec("MacroF1"));
        }

        if (scored)
        {
            specs.Add(new MetricSpec(nameof(MeanLoss)));
        }

        return [.. specs.Union(gated)];
    }
}
