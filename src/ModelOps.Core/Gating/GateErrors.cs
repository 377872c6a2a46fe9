using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Gating;

/// <summary>What can be wrong with a gate or a verdict; one named method per code.</summary>
public static class GateErrors
{
    public static Diagnostic Failed(GateResult gate)
        => Diagnostic.Error("MOPS5001", $"Gate failed. {GateText.Describe(gate)}", gate.Location);

    public static Diagnostic Inconclusive(GateResult gate)
    {
        DiagnosticSeverity severity = gate.InconclusiveAs == InconclusiveAs.Warning ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error;
        return new Diagnostic("MOPS5002", severity, $"Gate inconclusive. {GateText.Describe(gate)} {GateText.FurtherRows(gate)}", gate.Location);
    }

    public static DiagnosticException UnknownMetadata(string gate, string name, IReadOnlyList<string> known, SourceLocation? location)
        => Error("MOPS5003", $"EvalGate '{ForeignText.Clean(gate)}' has the metadata '{ForeignText.Clean(name)}', which means nothing here.{NearMiss.Hint(name, known)} "
            + $"Known: {string.Join(", ", known)}.", location);

    public static DiagnosticException NotANumber(MetricSpec gate, string name, string text, SourceLocation? location)
        => Error("MOPS5004", $"EvalGate '{Name(gate)}': {name}=\"{ForeignText.Clean(text)}\" is no number. Write it with a point, for example {name}=\"0.80\".", location);

    public static DiagnosticException NoBound(GateDefinition gate)
        => Error("MOPS5005", $"EvalGate '{Name(gate.Metric)}' has no bound, so it would decide nothing. Set Minimum, Maximum, MinimumGain, MaximumRegression or MaximumForgetting.", gate.Location);

    public static DiagnosticException NoBaseline(GateDefinition gate, bool isDefault)
        => Error("MOPS5006", (isDefault
            ? "No EvalGate is given, so the default gate holds: the tuned model must beat the best prompting baseline on ExactMatch. But there is no baseline. "
            : $"EvalGate '{Name(gate.Metric)}' asks for MinimumGain over the best prompting baseline, but there is no baseline. ")
            + "Put one into prompts/*.prompty (PromptBaseline)" + (isDefault ? ", or give an EvalGate with an absolute bound." : ", or use Minimum."), gate.Location);

    public static DiagnosticException OutOfRange(GateDefinition gate, string name, double value, string expected)
        => Error("MOPS5007", $"EvalGate '{Name(gate.Metric)}': {name} is {Figure.Bound(value)}; expected {expected}.", gate.Location);

    public static DiagnosticException NotAChoice(MetricSpec gate, string name, string text, IReadOnlyList<string> known, SourceLocation? location)
        => Error("MOPS5008", $"EvalGate '{Name(gate)}': {name}=\"{ForeignText.Clean(text)}\" is not one of {string.Join(", ", known)}.{NearMiss.Hint(text, known)}", location);

    public static Diagnostic NotAboveFloor(FloorComparison floor)
        => Diagnostic.Warning("MOPS5009", $"The tuned model is not shown to beat '{ForeignText.Clean(floor.Floor)}', which needs no model at all: {Name(floor.Metric)} "
            + $"{Figure.Value(floor.CandidateValue)} against {Figure.Value(floor.FloorValue)}, difference {Figure.Range(floor.Interval)}, exact McNemar p = {Figure.Value(floor.PValue)}. "
            + "Look at the data before you ship.");

    public static DiagnosticException InvalidVerdict(string file, string detail)
        => Error("MOPS5010", $"The verdict cannot be used: {ForeignText.Clean(detail)} It is written by the Gate stage and never by hand; delete it and build again.",
            new SourceLocation(file));

    public static DiagnosticException NoRegressionData(GateDefinition gate)
        => Error("MOPS5160", $"EvalGate '{Name(gate.Metric)}' asks for MaximumForgetting, but there is no RegressionData that the base model could be compared on. "
            + "Put rows into data/regression/*.jsonl, or list the SDK's own: <RegressionData Include=\"$(ModelOpsProbes)\" />.", gate.Location);

    public static DiagnosticException NoRelease(GateDefinition gate)
        => Error("MOPS5161", $"EvalGate '{Name(gate.Metric)}' asks for MaximumRegression, but there is no release to compare with. "
            + "Name one with GateAgainst, or remove the bound.", gate.Location);

    public static DiagnosticException NoSlice(GateDefinition gate, IReadOnlyList<string> slices)
        => Error("MOPS5162", $"EvalGate '{Name(gate.Metric)}': Slice=\"{ForeignText.Clean(gate.Slice!)}\", but no row names {(slices.Count == 0 ? "any slice" : "that slice")}. "
            + (slices.Count == 0 ? "Give rows a \"slice\" beside their messages." : $"{NearMiss.Hint(gate.Slice!, slices).TrimStart()} Slices: {ForeignText.Clean(string.Join(", ", slices))}."), gate.Location);

    public static DiagnosticException MeasuredAbsolutely(GateDefinition gate)
        => Error("MOPS5163", $"EvalGate '{Name(gate.Metric)}' is measured while the candidate answers, so it takes Minimum and Maximum for all rows and nothing else. "
            + "Remove Slice and the other bounds.", gate.Location);

    public static DiagnosticException NotMeasured(GateDefinition gate)
        => Error("MOPS5164", $"EvalGate '{Name(gate.Metric)}': measurements.json has no times of the candidate's answers. Delete eval.json and evaluate again.", gate.Location);

    public static DiagnosticException JudgeNotTrusted(GateDefinition gate, JudgeAgreement? found)
        => Error("MOPS5167", $"EvalGate '{Name(gate.Metric)}' asks a judge that is not shown to agree with people: " + (found is null ? "nobody has compared it with them. "
            : $"Cohen's kappa {Figure.Value(found.Kappa.Value)} {Figure.Range(found.Kappa.Interval)} on {found.Kappa.Cases} answers, and {Figure.Bound(found.Minimum)} is asked for. ")
            + "Give ModelJudge labelled answers (Humans), label more of them, or write a clearer rubric; until then its scores decide nothing.", gate.Location);

    public static DiagnosticException NoLikelihood(GateDefinition gate, string baseline)
        => Error("MOPS5172", $"EvalGate '{Name(gate.Metric)}' asks for MinimumGain over the best baseline, but '{ForeignText.Clean(baseline)}' is asked elsewhere and tells no likelihoods, so nobody "
            + "knows whether it is the better one. Gate on a metric of answers, such as ExactMatch, or give this gate an absolute bound.", gate.Location);

    private static string Name(MetricSpec spec) => ForeignText.Clean(spec.ToString());

    private static DiagnosticException Error(string code, string message, SourceLocation? location)
        => new(Diagnostic.Error(code, message, location));
}
