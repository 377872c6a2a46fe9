using System.Globalization;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Gating;

/// <summary>Which side of a value a bound is on.</summary>
public enum BoundKind
{
    /// <summary>The metric must reach the bound.</summary>
    Minimum,

    /// <summary>The metric must not exceed the bound.</summary>
    Maximum,

    /// <summary>The metric must be better than the best prompting baseline by the bound, on the same rows; 0 means better at all.</summary>
    MinimumGain,
}

/// <summary>What an inconclusive gate does to the build.</summary>
public enum InconclusiveAs
{
    Error,
    Warning,
}

/// <summary>One <c>EvalGate</c>: a metric and one or more bounds.</summary>
public sealed record GateDefinition
{
    private static readonly string[] s_metadata =
        [nameof(Minimum), nameof(Maximum), nameof(MinimumGain), nameof(MetricSpec.Field), nameof(Confidence), nameof(InconclusiveAs)];

    public required MetricSpec Metric { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public double? MinimumGain { get; init; }

    /// <summary>Two-sided confidence level of the interval that decides.</summary>
    public double Confidence { get; init; } = Evaluation.Statistics.Confidence.Default;

    public InconclusiveAs InconclusiveAs { get; init; }

    /// <summary>Where the gate is written; no part of any key.</summary>
    public SourceLocation? Location { get; init; }

    /// <summary>What holds when a project has no <c>EvalGate</c>: the candidate beats the best baseline on the primary metric.</summary>
    public static GateDefinition Default { get; } = new() { Metric = MetricSpec.Primary, MinimumGain = 0 };

    /// <summary>The bounds that are set, in a fixed order.</summary>
    public IEnumerable<(BoundKind Kind, double Value)> Bounds
    {
        get
        {
            if (Minimum is { } minimum)
            {
                yield return (BoundKind.Minimum, minimum);
            }

            if (Maximum is { } maximum)
            {
                yield return (BoundKind.Maximum, maximum);
            }

            if (MinimumGain is { } gain)
            {
                yield return (BoundKind.MinimumGain, gain);
            }
        }
    }

    /// <summary>Reads one item; whatever is misspelt, missing or out of range throws with a code of its own.</summary>
    /// <param name="include">The metric's name.</param>
    /// <param name="metadata">The item's custom metadata; names are not case-sensitive, empty values count as absent (as in MSBuild).</param>
    public static GateDefinition Parse(string include, IReadOnlyDictionary<string, string> metadata, SourceLocation? location = null)
    {
        Dictionary<string, string> given = metadata.Where(m => m.Value.Trim().Length > 0)
            .ToDictionary(m => m.Key, m => m.Value.Trim(), StringComparer.OrdinalIgnoreCase);
        if (metadata.Keys.FirstOrDefault(k => !s_metadata.Contains(k, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw GateErrors.UnknownMetadata(include, unknown, s_metadata, location);
        }

        var spec = new MetricSpec(include, given.GetValueOrDefault(nameof(MetricSpec.Field)));
        IMetric metric = MetricRegistry.Resolve(spec, location);
        var gate = new GateDefinition
        {
            Metric = spec,
            Minimum = Number(nameof(Minimum)),
            Maximum = Number(nameof(Maximum)),
            MinimumGain = Number(nameof(MinimumGain)),
            Confidence = Number(nameof(Confidence)) ?? Evaluation.Statistics.Confidence.Default,
            InconclusiveAs = ReadInconclusiveAs(spec, given, location),
            Location = location,
        };
        GateRange.Check(gate, metric.Scale);
        return gate;

        double? Number(string name) => !given.TryGetValue(name, out string? text) ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : throw GateErrors.NotANumber(spec, name, text, location);
    }

    /// <summary>
    /// The gates that hold: those given, or <see cref="Default"/> when there are none. A gain needs something to gain over, so a gain gate
    /// without a prompting baseline throws, before anything is trained.
    /// </summary>
    public static IReadOnlyList<GateDefinition> Plan(IReadOnlyList<GateDefinition> given, bool hasBaselines, SourceLocation? project = null)
    {
        IReadOnlyList<GateDefinition> gates = given.Count > 0 ? given : [Default with { Location = project }];
        return !hasBaselines && gates.FirstOrDefault(g => g.MinimumGain is not null) is { } gain
            ? throw GateErrors.NoBaseline(gain, isDefault: given.Count == 0)
            : gates;
    }

    /// <summary>What the gate contributes to the gate key; where it is written is not part of it.</summary>
    internal KeyFields ToFields()
    {
        KeyFields fields = new KeyFields().Add("Metric", Metric.Name).Add("Field", Metric.Field).Add("Confidence", Confidence)
            .Add("InconclusiveAs", InconclusiveAs.ToString());
        foreach ((BoundKind kind, double bound) in Bounds)
        {
            fields.Add(kind.ToString(), bound);
        }

        return fields;
    }

    private static InconclusiveAs ReadInconclusiveAs(MetricSpec spec, Dictionary<string, string> given, SourceLocation? location)
        => !given.TryGetValue(nameof(InconclusiveAs), out string? text) ? InconclusiveAs.Error
            : Enum.TryParse(text, ignoreCase: true, out InconclusiveAs value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]) ? value
            : throw GateErrors.NotAChoice(spec, nameof(InconclusiveAs), text, Enum.GetNames<InconclusiveAs>(), location);
}

/// <summary>Whether bounds make sense for a metric.</summary>
internal static class GateRange
{
    private const double LeastConfidence = 0.5;

    public static void Check(GateDefinition gate, MetricScale scale)
    {
        if (!gate.Bounds.Any())
        {
            throw GateErrors.NoBound(gate);
        }

        if (!(gate.Confidence >= LeastConfidence && gate.Confidence < 1))
        {
            throw GateErrors.OutOfRange(gate, nameof(gate.Confidence), gate.Confidence, "at least 0.5 and below 1, for example 0.95");
        }

        ValueRange range = scale.Range;
        CheckBound(gate, nameof(gate.Minimum), gate.Minimum, range);
        CheckBound(gate, nameof(gate.Maximum), gate.Maximum, range);
        CheckBound(gate, nameof(gate.MinimumGain), gate.MinimumGain, range.Difference);
        if (gate is { Minimum: { } minimum, Maximum: { } maximum } && minimum > maximum)
        {
            throw GateErrors.OutOfRange(gate, nameof(gate.Minimum), minimum, $"at most Maximum, which is {Figure.Bound(maximum)}");
        }
    }

    /// <summary>A bound at the very end of the range is refused as well: no number of rows can show it.</summary>
    private static void CheckBound(GateDefinition gate, string name, double? bound, ValueRange range)
    {
        if (bound is { } value && !(value > range.Lower && value < range.Upper))
        {
            string expected = double.IsFinite(range.Upper)
                ? $"between {Figure.Bound(range.Lower)} and {Figure.Bound(range.Upper)}, both exclusive, because no number of rows shows the ends themselves"
                : $"above {Figure.Bound(range.Lower)}";
            throw GateErrors.OutOfRange(gate, name, value, expected);
        }
    }
}
