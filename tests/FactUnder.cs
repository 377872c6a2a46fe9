using System.Diagnostics;

/// <summary>A test that a command of the system must help with; skipped, and said to be, where it cannot.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal abstract class FactUnderAttribute : FactAttribute
{
    private protected FactUnderAttribute(string what, params string[] probe) => Skip = Succeeds(probe) ? null : $"{what} is not to be had here.";

    private static bool Succeeds(string[] command)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            return process.WaitForExit(TimeSpan.FromSeconds(10)) && process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>Needs <c>strace</c>, and the right to trace.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactUnderTraceAttribute() : FactUnderAttribute("strace", "strace", "-f", "-o", "/dev/null", "true");

/// <summary>Needs file systems of its own: a full one, a read-only one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactUnderMountsAttribute() : FactUnderAttribute("a mount of one's own (unshare -rm)", MountSpace.Run("mount -t tmpfs -o size=64k none /mnt"));

/// <summary>Needs a shell of Unix.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactUnderShellAttribute() : FactUnderAttribute("a shell of Unix", "sh", "-c", "true");

/// <inheritdoc cref="FactUnderShellAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryUnderShellAttribute : TheoryAttribute
{
    public TheoryUnderShellAttribute() => Skip = OperatingSystem.IsWindows() ? "A shell of Unix is not to be had here." : null;
}

/// <summary>Scripts as programs.</summary>
internal static class Programs
{
    /// <summary>Lets every file of a folder be run.</summary>
    public static void Make(string folder)
    {
        foreach (string program in Directory.GetFiles(folder))
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
    }
}

/// <summary>Mounts that only one command sees; they are gone when it ends.</summary>
internal static class MountSpace
{
    /// <summary>For the front of a command line: first the mounts, then what comes behind.</summary>
    public static string[] Under(string mounts) => ["unshare", "-rm", "bash", "-c", $"{mounts} && exec \"$@\"", "bash"];

    public static string[] Run(string mounts) => ["unshare", "-rm", "bash", "-c", mounts];
}
