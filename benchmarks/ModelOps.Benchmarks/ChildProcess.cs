using System.Diagnostics;

namespace ModelOps.Benchmarks;

/// <summary>A process that is waited for.</summary>
internal static class ChildProcess
{
    /// <summary>What it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it said.</exception>
    public static string Output(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}:\n{output}\n{errors.Result}");
    }
}
