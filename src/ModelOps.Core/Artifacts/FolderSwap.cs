namespace ModelOps.Core.Artifacts;

/// <summary>Replaces a folder by another with two renames, so that the old one or the new one is there, never a mixture.</summary>
public static class FolderSwap
{
    /// <summary>Moves <paramref name="prepared"/> to <paramref name="target"/>; what was there is deleted.</summary>
    public static void Replace(string target, string prepared)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        string? old = null;
        if (Directory.Exists(target))
        {
            old = AtomicFile.TemporaryName(target);
            Directory.Move(target, old);
        }

        Directory.Move(prepared, target);
        if (old is not null)
        {
            Delete(old);
        }
    }

    /// <summary>Deletes what killed processes left beside the target, an hour and more ago.</summary>
    internal static void SweepLeftovers(string target)
    {
        string? parent = Path.GetDirectoryName(target);
        foreach (string left in Directory.Exists(parent) ? Directory.GetDirectories(parent, $"{Path.GetFileName(target)}.*.tmp") : [])
        {
            if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(left) > TimeSpan.FromHours(1))
            {
                Delete(left);
            }
        }
    }

    /// <summary>Deletes a folder with read-only files in it; nothing happens when there is none.</summary>
    public static void Delete(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                File.SetAttributes(file, FileAttributes.Normal);
            }
        }

        Directory.Delete(folder, recursive: true);
    }
}
