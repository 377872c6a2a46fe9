using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Reporting;

namespace ModelOps.Pipeline;

/// <param name="Gates">Empty when gates are turned off.</param>
/// <param name="Training">What Train said of this model.</param>
/// <param name="CurrentKey">The key that <c>verdict.json</c> is known to belong to.</param>
public sealed record GateRequest(ProjectInputs Inputs, StageFiles Files, IReadOnlyList<GateDefinition> Gates, string Training, string? CurrentKey = null)
{
    /// <summary>Which reports are written.</summary>
    public ReportFormats Reports { get; init; }

    /// <summary>What the reports at hand are known to be made of; null when that is not known.</summary>
    public string? CurrentReport { get; init; }

    /// <summary>The file of CI that shows a job's summary; empty outside of CI.</summary>
    public string JobSummary { get; init; } = "";
}

/// <param name="Summary">One clause for people, for example <c>gate passed</c>.</param>
/// <param name="ReportKey">What the reports are made of.</param>
/// <param name="Reports">The report's files.</param>
public sealed record GateResult(ActionKey Key, GateOutcome Outcome, bool MayShip, string Summary, bool UpToDate, string ReportKey, IReadOnlyList<string> Reports);

/// <summary>Judges <c>eval.json</c> and writes the verdict; a gate that is missed is an error of the build.</summary>
public static class Gate
{
    public static GateResult Run(GateRequest request, IStageLog log)
    {
        StageFiles files = request.Files;
        if (!File.Exists(files.Evaluation))
        {
            throw EvaluateErrors.NoEvaluation(files.Evaluation);
        }

        EvaluationReport report = EvaluationJson.Read(files.Evaluation);
        FingerprintFile fingerprint = GateJudge.FingerprintOf(report.Key, request.Gates);
        bool known = fingerprint.Key.ToString() == request.CurrentKey;
        Verdict verdict = known ? VerdictJson.Read(files.Verdict) : Judge(request, report, fingerprint, log);
        if (verdict.Outcome == GateOutcome.Off)
        {
            log.Report(EvaluateErrors.GatesOff(request.Inputs.ProjectFile));
        }

        string reportKey = ReportFiles.KeyOf(fingerprint.Key, request.Reports, files);
        IReadOnlyList<string> reports = reportKey == request.CurrentReport ? ReportFiles.Paths(files, request.Reports) : WriteReports(request, report, verdict, log);
        var result = new GateResult(fingerprint.Key, verdict.Outcome, verdict.MayShip, Summary(verdict), known, reportKey, reports);
        if (result.MayShip)
        {
            // The arrow is the form in which MSBuild's terminal logger shows what came out of a project.
            log.Message($"{request.Inputs.ProjectName} -> {request.Training}, {result.Summary}", important: true);
        }

        return result;
    }

    private static Verdict Judge(GateRequest request, EvaluationReport report, FingerprintFile fingerprint, IStageLog log)
    {
        StageFiles files = request.Files;
        log.Message($"  {request.Inputs.ProjectName}: re-gates: {files.Judged.Reason(fingerprint, null, "verdict.json is missing or was changed, or did not pass")}", important: true);
        Verdict verdict = request.Gates.Count > 0 ? GateJudge.Decide(report, request.Gates, latency: Latency.Read(files.Measurements)) : GateJudge.Off(report.Key);
        AtomicFile.WriteIfDifferent(files.Verdict, VerdictJson.Write(verdict));
        IReadOnlyList<string> table = SummaryTable.Lines(report, verdict);
        AtomicFile.WriteIfDifferent(files.Summary, Encoding.UTF8.GetBytes(string.Join('\n', table) + "\n"));
        files.Judged.Keep(fingerprint);
        log.Message(string.Join(Environment.NewLine, table), important: true);
        foreach (Diagnostic diagnostic in verdict.Diagnostics)
        {
            log.Report(diagnostic);
        }

        return verdict;
    }

    private static IReadOnlyList<string> WriteReports(GateRequest request, EvaluationReport report, Verdict verdict, IStageLog log)
    {
        IReadOnlyList<string> written = ReportFiles.Write(ReportFiles.Of(request.Files, request.Inputs.ProjectName, report, verdict), request.Reports, request.Files, request.JobSummary);
        if (written.Count > 0)
        {
            log.Message($"  {request.Inputs.ProjectName}: report in {written[0]}", important: true);
        }

        return written;
    }

    private static string Summary(Verdict verdict) => verdict.Outcome switch
    {
        GateOutcome.Passed => "gates passed",
        GateOutcome.Off => "gates are off",
        GateOutcome.Inconclusive => "gates inconclusive, accepted as a warning",
        _ => "gates failed",
    };
}
