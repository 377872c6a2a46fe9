using System.Diagnostics;

namespace ModelOps.TestUtilities;

/// <summary>Runs the dotnet command line as a user would: no variable of the build that runs these tests reaches it.</summary>
public static class Dotnet
{
    private static readonly string[] s_inherited = ["MSBuild", "MSBUILD", "DOTNET_HOST_PATH", "VSTEST", "MODELOPS_", "NUGET_PACKAGES", "CI"];

    public static ProcessResult Run(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) => RunWithInput(folder, environment, "", arguments);

    /// <param name="input">What the process reads from its standard input.</param>
    public static ProcessResult RunWithInput(string folder, IReadOnlyDictionary<string, string> environment, string input, params string[] arguments)
    {
        using RunningProcess process = Start(folder, environment, arguments);
        process.Input.Write(input);
        process.Input.Close();
        return process.Wait();
    }

    /// <summary>For builds beside each other, and for builds that are killed.</summary>
    public static RunningProcess Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
        => StartUnder([], folder, environment, arguments);

    /// <param name="wrapper">A command that runs the command behind it, such as <c>strace</c>.</param>
    public static RunningProcess StartUnder(string[] wrapper, string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        string dotnet = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
        string[] command = [.. wrapper, dotnet, .. arguments];
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Array.ForEach(command[1..], start.ArgumentList.Add);
        foreach (string name in start.Environment.Keys.Where(name => s_inherited.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return new RunningProcess(Process.Start(start)!);
    }
}

/// <summary>A dotnet command line that goes on while the test does.</summary>
public sealed class RunningProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    internal RunningProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public StreamWriter Input => _process.StandardInput;

    public bool HasExited => _process.HasExited;

    public ProcessResult Wait()
    {
        string output = _output.GetAwaiter().GetResult() + _errors.GetAwaiter().GetResult();
        _process.WaitForExit();
        return new ProcessResult(_process.ExitCode, output);
    }

    /// <summary>SIGKILL for it and all it started.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose() => _process.Dispose();
}

/// <param name="Output">Standard output, then standard error.</param>
public sealed record ProcessResult(int ExitCode, string Output);
