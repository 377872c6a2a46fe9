using System.Diagnostics;

namespace ModelOps.Engine.Tests.Reproducibility;

/// <summary>The test assembly as a program of its own, with settings of the runtime.</summary>
internal static class ChildEngine
{
    /// <summary>The lines it printed.</summary>
    internal static string[] Run(string verb, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Host(), [typeof(ChildEngine).Assembly.Location, verb]) { RedirectStandardOutput = true };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return lines;
    }

    private static string Host()
    {
        var self = Environment.ProcessPath;
        return Path.GetFileNameWithoutExtension(self) == "dotnet" ? self! : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
    }
}
