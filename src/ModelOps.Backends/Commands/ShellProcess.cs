using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace ModelOps.Backends.Commands;

/// <summary>A command line of the project's own, run by the system's shell, with JSON Lines in UTF-8 on its three streams.</summary>
public static class ShellProcess
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <exception cref="Win32Exception">The shell cannot be started.</exception>
    public static Process Start(string command, string folder)
    {
        (string shell, string flag) = OperatingSystem.IsWindows() ? ("cmd.exe", "/c") : ("/bin/sh", "-c");
        return Process.Start(new ProcessStartInfo(shell, [flag, command])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = s_utf8,
            StandardOutputEncoding = s_utf8,
            StandardErrorEncoding = s_utf8,
        })!;
    }

    /// <summary>Ends it with all that it started, when it still runs.</summary>
    public static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }
}
