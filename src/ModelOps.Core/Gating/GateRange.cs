using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Gating;

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

        if (gate.IsMeasured && (gate.Slice is not null || gate.Bounds.Any(b => b.Kind is not (BoundKind.Minimum or BoundKind.Maximum))))
        {
            throw GateErrors.MeasuredAbsolutely(gate);
        }

        ValueRange range = scale.Range;
        CheckBound(gate, nameof(gate.Minimum), gate.Minimum, range);
        CheckBound(gate, nameof(gate.Maximum), gate.Maximum, range);
        CheckBound(gate, nameof(gate.MinimumGain), gate.MinimumGain, range.Difference);
        CheckMargin(gate, nameof(gate.MaximumRegression), gate.MaximumRegression, range);
        CheckMargin(gate, nameof(gate.MaximumForgetting), gate.MaximumForgetting, range);
        if (gate is { Minimum: { } minimum, Maximum: { } maximum } && minimum > maximum)
        {
            throw GateErrors.OutOfRange(gate, nameof(gate.Minimum), minimum, $"at most Maximum, which is {Figure.Bound(maximum)}");
        }
    }

    private static void CheckMargin(GateDefinition gate, string name, double? margin, ValueRange range)
    {
        if (margin is { } value && !(value >= 0 && value < range.Difference.Upper))
        {
            string below = double.IsFinite(range.Difference.Upper) ? $" and below {Figure.Bound(range.Difference.Upper)}" : "";
            throw GateErrors.OutOfRange(gate, name, value, $"at least 0{below}: by how much the metric may be worse");
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
