using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Gating;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline;

/// <param name="Gates">Empty when gates are turned off.</param>
/// <param name="Training">What Train said of this model.</param>
public sealed record GateRequest(ProjectInputs Inputs, StageFiles Files, IReadOnlyList<GateDefinition> Gates, string Training);

/// <param name="Summary">One clause for people, for example <c>gate passed</c>.</param>
public sealed record GateResult(GateOutcome Outcome, bool MayShip, string Summary);

/// <summary>Judges <c>eval.json</c> and writes the verdict; a gate that is missed is an error of the build.</summary>
public static class Gate
{
    public static GateResult Run(GateRequest request, IStageLog log)
    {
        if (!File.Exists(request.Files.Evaluation))
        {
            throw EvaluateErrors.NoEvaluation(request.Files.Evaluation);
        }

        EvaluationReport report = EvaluationJson.Read(request.Files.Evaluation);
        Verdict verdict = request.Gates.Count > 0 ? GateJudge.Decide(report, request.Gates) : GateJudge.Off(report.Key);
        AtomicFile.WriteIfDifferent(request.Files.Verdict, VerdictJson.Write(verdict));
        IReadOnlyList<string> table = SummaryTable.Lines(report, verdict);
        AtomicFile.WriteIfDifferent(request.Files.Summary, Encoding.UTF8.GetBytes(string.Join('\n', table) + "\n"));
        log.Message(string.Join(Environment.NewLine, table), important: true);
        if (verdict.Outcome == GateOutcome.Off)
        {
            log.Report(EvaluateErrors.GatesOff(request.Inputs.ProjectFile));
        }

        foreach (Diagnostic diagnostic in verdict.Diagnostics)
        {
            log.Report(diagnostic);
        }

        var result = new GateResult(verdict.Outcome, verdict.MayShip, Summary(verdict));
        if (result.MayShip)
        {
            // The arrow is the form in which MSBuild's terminal logger shows what came out of a project.
            log.Message($"{request.Inputs.ProjectName} -> {request.Training}, {result.Summary}", important: true);
        }

        return result;
    }

    private static string Summary(Verdict verdict) => verdict.Outcome switch
    {
        GateOutcome.Passed => "gates passed",
        GateOutcome.Off => "gates are off",
        GateOutcome.Inconclusive => "gates inconclusive, accepted as a warning",
        _ => "gates failed",
    };
}
