using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Training;

/// <summary>Why this key is not the one that the adapter at hand was trained with.</summary>
internal static class TrainReason
{
    public static string Of(StageFiles files, FingerprintFile current)
    {
        FingerprintFile? earlier = FingerprintFile.TryRead(files.TrainedFingerprint, out _);
        if (earlier is null)
        {
            return "no earlier result here";
        }

        return earlier.Key == current.Key
            ? "the adapter's files are missing or were changed"
            : KeyDifference.Between(earlier, current, Manifest(files.TrainedDataset), Manifest(files.Dataset)).ToLine();
    }

    /// <summary>Null when there is none that can be used.</summary>
    public static DatasetManifest? Manifest(string path)
    {
        try
        {
            return DatasetManifest.TryRead(path);
        }
        catch (DiagnosticException)
        {
            return null; // It only explains; the difference then names the set without its rows.
        }
    }
}
