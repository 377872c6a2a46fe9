using System.Runtime.InteropServices;

namespace ModelOps.Core.Artifacts;

/// <summary>A second name for a file; the BCL has no call for it.</summary>
internal static partial class HardLink
{
    /// <summary>False where the file system has no links, or none between these two places.</summary>
    public static bool TryCreate(string existing, string path)
        => OperatingSystem.IsWindows() ? CreateHardLink(path, existing, 0) : Link(existing, path) == 0;

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string path, string existing, nint security);
}
