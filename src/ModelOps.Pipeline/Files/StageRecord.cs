using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Files;

/// <summary>The key of a stage's last result with its fields, and the rows it was made of: what the next build compares itself with, to say why it works.</summary>
/// <param name="Folder">Absolute.</param>
public sealed record StageRecord(string Folder)
{
    public string Fingerprint => Path.Combine(Folder, "fingerprint.json");

    public string Dataset => Path.Combine(Folder, "dataset.json");

    /// <summary>The rows themselves, for differences in their text; a second name of the row file and no second copy.</summary>
    public string Rows => Path.Combine(Folder, "rows.jsonl");

    /// <summary>Null when there is no earlier result that can be read.</summary>
    public FingerprintFile? Read() => FingerprintFile.TryRead(Fingerprint, out _);

    /// <summary>The manifest of the earlier result; null when there is none that can be used. It only explains: without it a changed set is named and not explained.</summary>
    public DatasetManifest? Manifest() => ManifestOf(Dataset);

    public static DatasetManifest? ManifestOf(string path)
    {
        try
        {
            return DatasetManifest.TryRead(path);
        }
        catch (DiagnosticException)
        {
            return null;
        }
    }

    /// <param name="dataset">The manifest file that the result was made of; null when rows have no part in it.</param>
    /// <param name="rows">The row file that is most worth comparing.</param>
    public void Keep(FingerprintFile fingerprint, string? dataset = null, string? rows = null)
    {
        fingerprint.Write(Fingerprint);
        if (dataset is not null)
        {
            AtomicFile.WriteIfDifferent(Dataset, File.ReadAllBytes(dataset));
        }

        if (rows is not null && File.Exists(rows))
        {
            AtomicFile.Keep(rows, Rows);
        }
    }

    /// <summary>One line: why the stage works although this record is there.</summary>
    /// <param name="current">What the result would be made of now.</param>
    /// <param name="rows">The manifest of now.</param>
    /// <param name="sameKey">What is said when the keys are equal, so that only the files can have changed.</param>
    /// <param name="baseProject">The project whose model is the base model; null when it is a folder.</param>
    public string Reason(FingerprintFile current, DatasetManifest? rows, string sameKey, string? baseProject = null)
    {
        FingerprintFile? earlier = Read();
        return earlier is null ? "no earlier result here"
            : earlier.Key == current.Key ? sameKey
            : (KeyDifference.Between(earlier, current, Manifest(), rows) with { BaseProject = baseProject }).ToLine();
    }
}
