using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Core.Lineage;

/// <summary>in-toto's Test Result v0.1 about a model: which gates passed, with the whole verdict and the candidate's metrics in members of our own.</summary>
/// <remarks>Format: <c>https://in-toto.io/attestation/test-result/v0.1</c>; its parsing rules make readers pass over members that they do not know.</remarks>
public static class EvaluationStatement
{
    public const string PredicateType = "https://in-toto.io/attestation/test-result/v0.1";

    /// <summary>Member with the content of <c>verdict.json</c>.</summary>
    public const string VerdictMember = "modelops_verdict";

    private const string MetricsMember = "modelops_metrics";

    public static Statement Of(IReadOnlyList<StatementSubject> subjects, EvaluationReport report, Verdict verdict)
    {
        JsonArray Tests(params GateOutcome[] outcomes) => [.. verdict.Gates.Where(g => outcomes.Contains(g.Outcome)).Select(g => (JsonNode)NameOf(g))];
        return new Statement(subjects, PredicateType, new JsonObject
        {
            ["result"] = verdict.Outcome switch { GateOutcome.Passed => "PASSED", GateOutcome.Failed => "FAILED", _ => "WARNED" },
            ["configuration"] = new JsonArray(
                Statement.Resource("evaluation", Digest.Parse(verdict.EvaluationKey.ToString())),
                Statement.Resource("gates", Digest.Parse(verdict.GateKey.ToString()))),
            ["passedTests"] = Tests(GateOutcome.Passed),
            ["warnedTests"] = Tests(GateOutcome.Inconclusive),
            ["failedTests"] = Tests(GateOutcome.Failed),
            [VerdictMember] = JsonNode.Parse(VerdictJson.Write(verdict)),
            [MetricsMember] = new JsonArray([.. report.Candidate.Metrics.Select(m => (JsonNode)Metric(m, report.Confidence))]),
        });
    }

    /// <summary>For example <c>FieldAccuracy(team) MinimumGain 0.1</c>.</summary>
    public static string NameOf(GateResult gate) => $"{gate.Metric} {gate.Kind} {Figure.Bound(gate.Bound)}";

    private static JsonObject Metric(MetricValue metric, double confidence) => new()
    {
        ["name"] = metric.Spec.ToString(),
        ["value"] = metric.Value,
        ["lower"] = Finite(metric.Interval.Lower),
        ["upper"] = Finite(metric.Interval.Upper),
        ["confidence"] = confidence,
        ["rows"] = metric.Rows,
    };

    // JSON has no infinity; null is unbounded, as in verdict.json.
    private static double? Finite(double limit) => double.IsFinite(limit) ? limit : null;
}
