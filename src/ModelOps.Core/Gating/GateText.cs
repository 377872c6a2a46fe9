using ModelOps.Core.Diagnostics;
using System.Globalization;
using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Gating;

/// <summary>Says in words what a gate found; foreign text in it is clean.</summary>
internal static class GateText
{
    /// <summary>Metric, bound, value, interval, baseline, rows: the one sentence behind every gate message.</summary>
    public static string Describe(GateResult gate)
    {
        string metric = ForeignText.Clean(gate.Metric.ToString()) + Rows(gate);
        string tail = $"({Figure.Percent(gate.Confidence)}, n = {gate.Rows}{PValue(gate)})";
        string interval = Figure.Range(gate.Interval);
        if (gate.Kind == BoundKind.MinimumGain)
        {
            string bound = gate.Bound == 0 ? "must beat" : $"must gain at least {Figure.Bound(gate.Bound)} over";
            return $"{metric} {bound} the best baseline '{ForeignText.Clean(gate.Baseline!)}' ({Figure.Value(gate.BaselineValue!.Value)}): "
                + $"candidate {Figure.Value(gate.CandidateValue)}, gain {Figure.Value(gate.Value)} {interval} {tail}.";
        }

        if (gate.IsMeasured)
        {
            string found = double.IsNaN(gate.Value) ? "measured" : $"measured {Figure.Value(gate.Value)} ms {interval}";
            return $"{metric} must be {(gate.Kind == BoundKind.Minimum ? "at least" : "at most")} {Figure.Bound(gate.Bound)} ms: {found} {tail}.";
        }

        if (gate.Kind is BoundKind.MaximumRegression or BoundKind.MaximumForgetting)
        {
            string whom = gate.Kind == BoundKind.MaximumRegression ? $"the release '{ForeignText.Clean(gate.Baseline!)}'" : "the base model on the regression data";
            return $"{metric} may be worse by at most {Figure.Bound(gate.Bound)} than {whom} ({Figure.Value(gate.BaselineValue!.Value)}): "
                + $"candidate {Figure.Value(gate.CandidateValue)}, difference {Figure.Value(gate.Value)} {interval} {tail}.";
        }

        string side = gate.Kind == BoundKind.Minimum ? "at least" : "at most";
        string baseline = gate.Baseline is null ? "no baseline" : $"best baseline '{ForeignText.Clean(gate.Baseline)}' {Figure.Value(gate.BaselineValue!.Value)}";
        return $"{metric} must be {side} {Figure.Bound(gate.Bound)}: candidate {Figure.Value(gate.Value)} {interval} {tail}, {baseline}.";
    }

    /// <summary>Which rows were judged, where not all.</summary>
    private static string Rows(GateResult gate) => gate.Slice is null ? ""
        : $" on slice '{ForeignText.Clean(gate.Slice)}'" + (gate.WorstOf is { } slices ? $", the worst of {slices}," : "");

    /// <summary>The bound alone.</summary>
    public static string Bound(GateResult gate) => gate.Kind switch
    {
        BoundKind.Minimum => $"at least {Figure.Bound(gate.Bound)}",
        BoundKind.Maximum => $"at most {Figure.Bound(gate.Bound)}",
        BoundKind.MaximumRegression => $"worse than the release by at most {Figure.Bound(gate.Bound)}",
        BoundKind.MaximumForgetting => $"worse than the base model on regression data by at most {Figure.Bound(gate.Bound)}",
        _ => gate.Bound == 0 ? "better than the best baseline" : $"gain at least {Figure.Bound(gate.Bound)}",
    };

    public static string FurtherRows(GateResult gate) => gate.FurtherRows switch
    {
        _ when gate.IsMeasured => "More answers, or a quieter machine, would decide it.",
        null => "The value lies on the bound: no number of further rows is likely to decide it.",
        { } rows => $"About {rows.ToString("#,0", CultureInfo.InvariantCulture)} further held-out rows would decide it (80 % power) if the value stays. "
            + "Add rows, improve the model, or accept it with InconclusiveAs=\"Warning\".",
    };

    private static string PValue(GateResult gate)
        => gate.PValue is not { } p ? "" : p < 0.001 ? ", p < 0.001" : ", p = " + Figure.Value(p);
}
