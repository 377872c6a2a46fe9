using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Resolving;

namespace ModelOps.Pipeline.Training;

/// <summary>Why this key is not the one that the adapter at hand was trained with.</summary>
internal static class TrainReason
{
    public static string Of(StageFiles files, FingerprintFile current, DatasetManifest? rows)
        => files.Trained.Reason(current, rows, "the adapter's files are missing or were changed", ResolvedReference.BaseProject(files));
}
