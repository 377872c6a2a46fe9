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

    /// <summary>The metric must not be worse than the last release's by more than the bound, on the same rows.</summary>
    MaximumRegression,

    /// <summary>The metric on the regression data must not be worse than the base model's by more than the bound.</summary>
    MaximumForgetting,
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
    [
        nameof(Minimum), nameof(Maximum), nameof(MinimumGain), nameof(MaximumRegression), nameof(MaximumForgetting), nameof(MetricSpec.Field), nameof(Slice), nameof(MetricSpec.Name), "Inputs", "Type",
        nameof(Confidence), nameof(InconclusiveAs), .. MetricRegistry.Arguments,
    ];

    /// <summary>Each slice by itself; the worst one decides.</summary>
    public const string EverySlice = "*";

    public required MetricSpec Metric { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public double? MinimumGain { get; init; }

    public double? MaximumRegression { get; init; }

    public double? MaximumForgetting { get; init; }

    /// <summary>The slice whose rows alone count, or <see cref="EverySlice"/>; null for all rows.</summary>
    public string? Slice { get; init; }

    /// <summary>False for a gate that looks at regression data alone.</summary>
    public bool JudgesHeldOutRows => !IsMeasured && Bounds.Any(b => b.Kind != BoundKind.MaximumForgetting);

    /// <summary>True for a gate on what is measured, which no answers tell.</summary>
    public bool IsMeasured => Metric.Name is "LatencyP50" or "LatencyP95";

    /// <summary>Two-sided confidence level of the interval that decides.</summary>
    public double Confidence { get; init; } = Evaluation.Statistics.Confidence.Default;

    public InconclusiveAs InconclusiveAs { get; init; }

    /// <summary>Where the gate is written; no part of any key.</summary>
    public SourceLocation? Location { get; init; }

    /// <summary>What holds when a project has no <c>EvalGate</c>: the candidate beats the best baseline on the primary metric.</summary>
    public static GateDefinition Default { get; } = new() { Metric = MetricSpec.Primary, MinimumGain = 0 };

    /// <summary>What holds for regression data that no gate looks at: only a loss that is shown fails the build.</summary>
    public static GateDefinition DefaultForgetting { get; } = new() { Metric = MetricSpec.Primary, MaximumForgetting = 0.05, InconclusiveAs = InconclusiveAs.Warning };

    /// <summary>The bounds that are set, in a fixed order.</summary>
    public IEnumerable<(BoundKind Kind, double Value)> Bounds => new[]
    {
        (BoundKind.Minimum, Minimum), (BoundKind.Maximum, Maximum), (BoundKind.MinimumGain, MinimumGain),
        (BoundKind.MaximumRegression, MaximumRegression), (BoundKind.MaximumForgetting, MaximumForgetting),
    }.Where(b => b.Item2 is not null).Select(b => (b.Item1, b.Item2!.Value));

    /// <summary>Reads one item; whatever is misspelt, missing or out of range throws with a code of its own.</summary>
    /// <param name="include">The metric's name.</param>
    /// <param name="metadata">The item's custom metadata; names are not case-sensitive, empty values count as absent (as in MSBuild).</param>
    /// <param name="readFile">Gives the text of a file that metadata name; null where they hold the text itself.</param>
    public static GateDefinition Parse(
        string include, IReadOnlyDictionary<string, string> metadata, SourceLocation? location = null, Func<string, string>? readFile = null)
    {
        Dictionary<string, string> given = metadata.Where(m => m.Value.Trim().Length > 0)
            .ToDictionary(m => m.Key, m => m.Value.Trim(), StringComparer.OrdinalIgnoreCase);
        if (metadata.Keys.FirstOrDefault(k => !s_metadata.Contains(k, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw GateErrors.UnknownMetadata(include, unknown, s_metadata, location);
        }

        MetricSpec spec = ReadMetric(include, given, location, readFile);
        IMetric metric = MetricRegistry.Resolve(spec, location);
        var gate = new GateDefinition
        {
            Metric = spec,
            Minimum = Number(nameof(Minimum)),
            Maximum = Number(nameof(Maximum)),
            MinimumGain = Number(nameof(MinimumGain)),
            MaximumRegression = Number(nameof(MaximumRegression)),
            MaximumForgetting = Number(nameof(MaximumForgetting)),
            Slice = given.GetValueOrDefault(nameof(Slice)),
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
    /// The gates that hold: those given, or <see cref="Default"/> when there are none, and <see cref="DefaultForgetting"/> for regression data that none of
    /// them looks at. A gate that compares with something that is not there throws, before anything is trained.
    /// </summary>
    public static IReadOnlyList<GateDefinition> Plan(IReadOnlyList<GateDefinition> given, GateOpponents opponents, SourceLocation? project = null)
    {
        List<GateDefinition> gates = [.. given.Any(g => g.JudgesHeldOutRows) ? given : [Default with { Location = project }, .. given]];
        if (!opponents.Baselines && gates.Find(g => g.MinimumGain is not null) is { } gain)
        {
            throw GateErrors.NoBaseline(gain, isDefault: !given.Contains(gain));
        }

        if (!opponents.Release && gates.Find(g => g.MaximumRegression is not null) is { } release)
        {
            throw GateErrors.NoRelease(release);
        }

        if (!opponents.RegressionData && gates.Find(g => g.MaximumForgetting is not null) is { } forgetting)
        {
            throw GateErrors.NoRegressionData(forgetting);
        }

        if (opponents.RegressionData && !gates.Exists(g => g.MaximumForgetting is not null))
        {
            gates.Add(DefaultForgetting with { Location = project });
        }

        return gates;
    }

    /// <summary>What the gate contributes to the gate key; where it is written is not part of it.</summary>
    internal KeyFields ToFields()
    {
        KeyFields fields = new KeyFields().Add("Metric", Metric.Name).Add("Field", Metric.Field).Add("Confidence", Confidence)
            .Add("InconclusiveAs", InconclusiveAs.ToString());
        if (Metric.Argument is not null)
        {
            fields.Add("Argument", Metric.Argument);
        }

        if (Slice is not null)
        {
            fields.Add("Slice", Slice);
        }

        foreach ((BoundKind kind, double bound) in Bounds)
        {
            fields.Add(kind.ToString(), bound);
        }

        return fields;
    }

    private static MetricSpec ReadMetric(string include, Dictionary<string, string> given, SourceLocation? location, Func<string, string>? readFile)
    {
        string? own = MetricRegistry.ArgumentOf(include);
        if (MetricRegistry.Arguments.FirstOrDefault(a => a != own && given.ContainsKey(a)) is { } foreign && MetricRegistry.Names.Contains(include))
        {
            throw MetricErrors.ArgumentNotAllowed(include, foreign, string.Join(", ", MetricRegistry.Names.Where(n => MetricRegistry.ArgumentOf(n) == foreign)), location);
        }

        bool isNamed = MetricRegistry.IsNamed(include);
        (string Metadata, string[] Owners)[] owned = [(nameof(MetricSpec.Name), [MetricRegistry.Command, MetricRegistry.Judge, MetricRegistry.Assembly]), ("Inputs", [MetricRegistry.Command]), ("Type", [MetricRegistry.Assembly])];
        if (owned.FirstOrDefault(o => given.ContainsKey(o.Metadata) && !o.Owners.Contains(include)) is { Metadata: not null } misplaced && MetricRegistry.Names.Contains(include))
        {
            throw MetricErrors.ArgumentNotAllowed(include, misplaced.Metadata, string.Join(", ", misplaced.Owners), location);
        }

        if (isNamed && (given.ContainsKey(nameof(MetricSpec.Field)) || !given.ContainsKey(nameof(MetricSpec.Name))))
        {
            throw MetricErrors.ArgumentRequired(include, nameof(MetricSpec.Name), location);
        }

        string? argument = own is null ? null : given.GetValueOrDefault(own);
        return new MetricSpec(include, given.GetValueOrDefault(isNamed ? nameof(MetricSpec.Name) : nameof(MetricSpec.Field)))
        {
            Argument = argument is not null && readFile is not null && MetricRegistry.IsFile(include) ? readFile(argument) : argument,
        };
    }

    private static InconclusiveAs ReadInconclusiveAs(MetricSpec spec, Dictionary<string, string> given, SourceLocation? location)
        => !given.TryGetValue(nameof(InconclusiveAs), out string? text) ? InconclusiveAs.Error
            : Enum.TryParse(text, ignoreCase: true, out InconclusiveAs value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]) ? value
            : throw GateErrors.NotAChoice(spec, nameof(InconclusiveAs), text, Enum.GetNames<InconclusiveAs>(), location);
}

/// <summary>What a gate can compare the candidate with.</summary>
/// <param name="Baselines">There are prompting baselines.</param>
/// <param name="RegressionData">There is data that the base model answers as well.</param>
/// <param name="Release">There is a released package.</param>
public sealed record GateOpponents(bool Baselines, bool RegressionData = false, bool Release = false);
