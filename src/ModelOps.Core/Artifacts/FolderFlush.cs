using System.Runtime.InteropServices;

namespace ModelOps.Core.Artifacts;

/// <summary>Makes a rename survive a power cut: a file's new name lives in its folder, which has to reach the disk too (fsync(2)).</summary>
internal static partial class FolderFlush
{
    /// <summary>Does what the system can: Windows has no such call (its journal covers names), and some file systems refuse it.</summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int handle = Open(folder, 0);
        if (handle >= 0)
        {
            _ = Sync(handle);
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
