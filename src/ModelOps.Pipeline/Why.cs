using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Resolving;
using ModelOps.Pipeline.Training;

namespace ModelOps.Pipeline;

/// <param name="Files">The project's files, the fingerprint being fresh.</param>
/// <param name="Receipts">Folder of the stages' receipts.</param>
/// <param name="Force">The build would be told to train in any case.</param>
public sealed record WhyRequest(StageFiles Files, string Receipts, string StoreRoot, bool Force);

/// <summary>What Train would do now.</summary>
public enum NextTraining
{
    UpToDate,
    Restore,
    Retrain,
}

/// <param name="Trained">What the adapter at hand was made of; null when there is none.</param>
/// <param name="Reason">One line.</param>
/// <param name="Difference">Null when there is nothing to compare with.</param>
public sealed record WhyResult(
    NextTraining Next, string Reason, FingerprintFile Current, FingerprintFile? Trained, KeyDifference? Difference, DatasetManifest? Before, DatasetManifest? After);

/// <summary>Says what Train would do and why, and does nothing.</summary>
public static class Why
{
    public static WhyResult Run(WhyRequest request, IStageLog log)
    {
        StageFiles files = request.Files;
        FingerprintFile current = FingerprintFile.TryRead(files.Fingerprint, out Diagnostic? problem)
            ?? throw new DiagnosticException(problem ?? TrainErrors.NoFingerprint(files.Fingerprint));
        FingerprintFile? trained = files.Trained.Read();
        DatasetManifest? before = files.Trained.Manifest(), after = StageRecord.ManifestOf(files.Dataset);
        KeyDifference? difference = trained is null ? null : KeyDifference.Between(trained, current, before, after) with { BaseProject = ResolvedReference.BaseProject(files) };
        if (!request.Force && HasResultOf(current.Key, request.Receipts))
        {
            return new WhyResult(NextTraining.UpToDate, "the adapter is of this key", current, trained, difference, before, after);
        }

        // As in Train: a hit counts only after every file of it was verified.
        bool stored = !request.Force && new ModelStore(request.StoreRoot, log).TryGet(current.Key) is not null;
        string reason = request.Force ? $"{Names.ModelOpsForce} is set" : TrainReason.Of(files, current, after);
        return new WhyResult(stored ? NextTraining.Restore : NextTraining.Retrain, reason, current, trained, difference, before, after);
    }

    private static bool HasResultOf(ActionKey key, string receipts)
        => Receipt.Read(Path.Combine(receipts, Names.Train)) is { } receipt && receipt["key"] == key.ToString() && receipt.Holds();
}
