using System.Text.Json.Nodes;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Packaging;

/// <summary>Pack trusts no build before it: it recomputes every key from what is there now and compares it with what the verdict was passed on.</summary>
internal static class ShippingCheck
{
    /// <param name="ships">False: it stays on this machine, where an unsigned model may serve.</param>
    public static (FingerprintFile Training, EvaluationReport Report, Verdict Verdict) Run(PackageRequest request, bool ships, IStageLog log, CancellationToken cancellation)
    {
        StageFiles files = request.Files;
        string project = request.Inputs.ProjectFile;
        foreach (string file in (string[])[files.Fingerprint, files.Trained.Fingerprint, files.Evaluation, files.Verdict])
        {
            if (!File.Exists(file))
            {
                throw PackageErrors.NoVerdict(project, Path.GetRelativePath(request.Inputs.ProjectDirectory, file));
            }
        }

        foreach (string stage in (string[])[Names.Train, Names.Evaluate, Names.Gate])
        {
            if (ships && Receipt.Read(Path.Combine(request.Receipts, stage))?[Names.Unsigned] is { } feed)
            {
                throw PackageErrors.Unsigned(project, feed);
            }
        }

        FingerprintFile training = Read(files.Fingerprint, project);
        EvaluationReport report = EvaluationJson.Read(files.Evaluation);
        Verdict verdict = VerdictJson.Read(files.Verdict);
        Require(Read(files.Trained.Fingerprint, project).Key == training.Key, "data, hyper-parameters or the base model changed after training");
        ActionKey evaluation = EvaluationPlan.Of(request.Inputs, files, request.Settings, request.Gates, RecordedIn(report), log, cancellation).Key;
        Require(report.Key == evaluation, "held-out rows, prompts or decoding changed after the evaluation");
        Require(verdict.EvaluationKey == evaluation, "it was passed on another evaluation");
        ActionKey gates = request.Gates.Count > 0 ? GateJudge.KeyOf(evaluation, request.Gates) : GateJudge.Off(evaluation).GateKey;
        Require(verdict.GateKey == gates, "the gates changed after it");
        Require(verdict.MayShip ? Unchanged(request.Receipts) : true, "files of the adapter, the evaluation or the verdict were changed by hand");
        return verdict.MayShip ? (training, report, verdict) : throw PackageErrors.NotPassed(project, verdict.Outcome.ToString().ToLowerInvariant());

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                throw PackageErrors.StaleVerdict(project, otherwise);
            }
        }
    }

    /// <summary>The answers that the report stands on: those of endpoints are in no file of the project, and its receipt says that nobody changed it.</summary>
    private static RecordedAnswers RecordedIn(EvaluationReport report)
    {
        JsonNode subjects = JsonNode.Parse(report.Fields.Value("subjects"))!;
        return subject => subjects.AsArray().FirstOrDefault(s => (string?)s!["name"] == subject.Name)?["recorded"]?.GetValue<string>();
    }

    private static FingerprintFile Read(string path, string project)
        => FingerprintFile.TryRead(path, out Diagnostic? problem) ?? throw (problem is null ? PackageErrors.NoVerdict(project, path) : new DiagnosticException(problem));

    private static bool Unchanged(string receipts)
        => Array.TrueForAll([Names.Train, Names.Evaluate, Names.Gate], stage => Receipt.Read(Path.Combine(receipts, stage)) is { } receipt && receipt.Holds());
}
