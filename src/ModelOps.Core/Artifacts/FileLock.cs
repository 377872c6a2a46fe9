namespace ModelOps.Core.Artifacts;

/// <summary>A file that one process has alone: flock on Unix, share mode on Windows; released by the operating system when the process ends, however it ends.</summary>
public static class FileLock
{
    /// <summary>The file, ours alone until it is disposed; null when another process (or another stream of this one) has it.</summary>
    public static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    /// <summary>Somebody has the file open. Anything else (no folder, no room, a read-only disk) is a failure, and waiting would not help.</summary>
    internal static bool IsHeld(IOException e)
    {
        const int windows = unchecked((int)0x80070020), linux = 11, bsd = 35; // ERROR_SHARING_VIOLATION, EWOULDBLOCK
        return e.HResult == (OperatingSystem.IsWindows() ? windows : OperatingSystem.IsLinux() ? linux : bsd);
    }
}
