using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Comparing;

/// <summary>Manifests of trained keys, <c>manifests/&lt;key&gt;.json</c> in the store: what a later comparison needs to name rows. No text of any row is in them.</summary>
public sealed class ManifestArchive(string storeRoot)
{
    private const int Kept = 100;

    private string Folder => Path.Combine(storeRoot, "manifests");

    /// <summary>The oldest give way; a store that cannot be written keeps what it has.</summary>
    public void Keep(ActionKey training, string manifest)
    {
        try
        {
            AtomicFile.WriteIfDifferent(PathOf(training), File.ReadAllBytes(manifest));
            foreach (FileInfo old in new DirectoryInfo(Folder).GetFiles("*.json").OrderByDescending(f => f.LastWriteTimeUtc).Skip(Kept))
            {
                old.Delete();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It only explains.
        }
    }

    public DatasetManifest? Find(ActionKey training) => StageRecord.ManifestOf(PathOf(training));

    private string PathOf(ActionKey training) => Path.Combine(Folder, $"{training.Hex}.json");
}
