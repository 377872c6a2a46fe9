using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Training;

/// <summary>
/// Where a run keeps what it needs to continue after a kill: <c>checkpoints/&lt;key&gt;/</c> in the store, used under the key's lock. It
/// goes when the result is in the store; what nobody came back for goes after a week.
/// </summary>
internal static class CheckpointFolder
{
    private static readonly TimeSpan s_kept = TimeSpan.FromDays(7);

    public static string Of(string storeRoot, ActionKey key) => Path.Combine(storeRoot, "checkpoints", key.Hex);

    /// <summary>Deletes what is older than a week beside <paramref name="folder"/>.</summary>
    public static void Sweep(string folder)
    {
        string all = Path.GetDirectoryName(folder)!;
        foreach (string other in Directory.Exists(all) ? Directory.GetDirectories(all) : [])
        {
            if (other != folder && LastUsed(other) < DateTime.UtcNow - s_kept)
            {
                FolderSwap.Delete(other);
            }
        }
    }

    private static DateTime LastUsed(string folder)
        => Directory.EnumerateFiles(folder).Select(File.GetLastWriteTimeUtc).Append(Directory.GetLastWriteTimeUtc(folder)).Max();
}
