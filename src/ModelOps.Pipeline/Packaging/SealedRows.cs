using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Packaging;

/// <summary>
/// The gates once more, on held-out rows that nobody saw while the model was made: the only look at them is that of Pack. Evaluation and verdict stand in
/// <c>obj/modelops/sealed/</c>.
/// </summary>
internal static class SealedRows
{
    /// <summary>The key of the verdict on the sealed rows.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5166</c>: the gates did not pass.</exception>
    public static ActionKey Judge(PackageRequest request, IStageLog log, CancellationToken cancellation)
    {
        (Workers.WorkerHost worker, string store) = request.Answering ?? throw new InvalidOperationException("Sealed rows need somebody who answers them.");
        ProjectInputs inputs = request.Inputs with { EvalData = request.Inputs.SealedData };
        Files.StageFiles files = request.Files.Sealed;
        Directory.CreateDirectory(Path.GetDirectoryName(files.Evaluation)!);
        log.Message($"  {inputs.ProjectName}: looks at the sealed rows", important: true);
        Evaluate.Run(new EvaluateRequest(inputs, files, request.Settings, request.Gates, worker, store, KeyOf(files.Evaluated)) { Budget = request.Budget, MaxCost = request.MaxCost }, log, cancellation);
        GateResult result = Gate.Run(new GateRequest(inputs, files, request.Gates, "judged on the sealed rows", KeyOf(files.Judged)), log);
        return result.MayShip ? result.Key : throw PackageErrors.SealedNotPassed(inputs.ProjectFile, result.Outcome.ToString().ToLowerInvariant());
    }

    private static string? KeyOf(Files.StageRecord record) => record.Read()?.Key.ToString();
}
