using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>The metrics by name.</summary>
public static class MetricRegistry
{
    /// <summary>The metric that a command of the project computes.</summary>
    public const string Command = "Command";

    /// <summary>The metric that a judge gives.</summary>
    public const string Judge = "Judge";

    /// <summary>The metric that people give.</summary>
    public const string Human = "Human";

    /// <summary>The metric that a .NET assembly computes.</summary>
    public const string Assembly = "Assembly";

    private enum FieldUse
    {
        None,
        Optional,
        Required,
    }

    /// <param name="Argument">The metadata that holds the metric's argument; null for none.</param>
    /// <param name="IsFile">The metadata names a file, whose text is the argument.</param>
    private sealed record Entry(Func<MetricSpec, IMetric> Create, FieldUse Field = FieldUse.None, string? Argument = null, bool IsFile = false);

    private static readonly SortedDictionary<string, Entry> s_metrics = new(StringComparer.Ordinal)
    {
        [Assembly] = new(spec => new GivenScore(spec), FieldUse.Optional, Assembly),
        [nameof(Bleu)] = new(_ => new Bleu()),
        ["ChrF"] = new(_ => new Chrf()),
        [Command] = new(spec => new GivenScore(spec), FieldUse.Optional, Command),
        ["CompletionTokens"] = new(_ => new AnswerSize(prompt: false)),
        [nameof(Contains)] = new(_ => new Contains()),
        [nameof(CostPerThousand)] = new(_ => new CostPerThousand()),
        [nameof(EditSimilarity)] = new(_ => new EditSimilarity()),
        [nameof(ExactMatch)] = new(_ => new ExactMatch()),
        [nameof(FieldAccuracy)] = new(spec => new FieldAccuracy(spec.Field!), FieldUse.Required),
        [Human] = new(spec => new HumanScore(spec), FieldUse.Required, "Ratings", IsFile: true),
        [nameof(JsonSchema)] = new(spec => new JsonSchema(spec.Argument!), Argument: "Schema", IsFile: true),
        [nameof(JsonValid)] = new(_ => new JsonValid()),
        [nameof(LabelAccuracy)] = new(spec => new LabelAccuracy(spec.Field), FieldUse.Optional),
        [Judge] = new(spec => new GivenScore(spec), FieldUse.Optional),
        ["LatencyP50"] = new(_ => new Latency(50)),
        ["LatencyP95"] = new(_ => new Latency(95)),
        ["MacroF1"] = new(spec => new F1(macro: true, spec.Field), FieldUse.Optional),
        ["MicroF1"] = new(spec => new F1(macro: false, spec.Field), FieldUse.Optional),
        [nameof(MeanLoss)] = new(_ => new MeanLoss()),
        [nameof(NormalizedMatch)] = new(_ => new NormalizedMatch()),
        [nameof(Perplexity)] = new(_ => new Perplexity()),
        ["PromptTokens"] = new(_ => new AnswerSize(prompt: true)),
        ["Regex"] = new(spec => new RegexMatch(spec.Argument!), Argument: "Pattern"),
        ["Rouge1"] = new(_ => new Rouge(1)),
        ["Rouge2"] = new(_ => new Rouge(2)),
        ["RougeL"] = new(_ => new Rouge(0)),
        [nameof(TokenAccuracy)] = new(_ => new TokenAccuracy()),
    };

    /// <summary>All names, in ordinal order.</summary>
    public static IReadOnlyCollection<string> Names => s_metrics.Keys;

    /// <summary>The metadata that arguments of metrics are written as.</summary>
    public static IReadOnlyList<string> Arguments { get; } = [.. s_metrics.Values.Select(m => m.Argument).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The metadata that holds a metric's argument; null where it has none, or where there is no such metric.</summary>
    public static string? ArgumentOf(string metric) => s_metrics.GetValueOrDefault(metric)?.Argument;

    /// <summary>Whether the metric has a name of the project's own beside its argument.</summary>
    public static bool IsNamed(string metric) => metric is Command or Judge or Assembly;

    /// <summary>Whether the metric looks at how likely the references are, which only models that run here tell.</summary>
    public static bool IsOfLikelihood(string metric) => metric is nameof(MeanLoss) or nameof(Perplexity) or nameof(TokenAccuracy);

    /// <summary>Whether answers and references are all that the metric looks at: neither likelihoods nor what somebody says of an answer.</summary>
    public static bool IsOfAnswers(string metric) => !IsOfLikelihood(metric) && !IsNamed(metric) && metric != Human;

    /// <summary>Whether the metric's argument is the text of a file.</summary>
    public static bool IsFile(string metric) => s_metrics.GetValueOrDefault(metric)?.IsFile ?? false;

    /// <summary>The metric that a specification names; throws MOPS4001 to MOPS4003 and MOPS5150 to MOPS5153 at <paramref name="location"/> when there is none.</summary>
    public static IMetric Resolve(MetricSpec spec, SourceLocation? location = null)
    {
        if (!s_metrics.TryGetValue(spec.Name, out Entry? entry))
        {
            throw EvaluationErrors.UnknownMetric(spec.Name, Names, location);
        }

        if (entry.Argument is { } argument && string.IsNullOrEmpty(spec.Argument))
        {
            throw MetricErrors.ArgumentRequired(spec.Name, argument, location);
        }

        return (entry.Field, spec.Field) switch
        {
            (FieldUse.Required, null) => throw EvaluationErrors.FieldRequired(spec.Name, location),
            (FieldUse.None, not null) => throw EvaluationErrors.FieldNotAllowed(spec, location),
            _ => Create(entry, spec, location),
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

    private static IMetric Create(Entry entry, MetricSpec spec, SourceLocation? location)
    {
        try
        {
            return entry.Create(spec);
        }
        catch (ArgumentException e)
        {
            throw MetricErrors.InvalidPattern(spec.Argument!, e.Message, location);
        }
        catch (InvalidSchemaException fault)
        {
            throw MetricErrors.InvalidSchema(fault.Pointer, fault.Message, location);
        }
    }
}
