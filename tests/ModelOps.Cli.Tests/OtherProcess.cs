using System.Diagnostics;

namespace ModelOps.Cli.Tests;

/// <summary>One run of another program.</summary>
internal sealed record OtherProcess(int ExitCode, string Output, string Error)
{
    public static async Task<OtherProcess> RunAsync(string program, IEnumerable<string> args, string? input = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new OtherProcess(process.ExitCode, await output, await error);
    }

    /// <summary>Runs and expects success.</summary>
    public static async Task<string> OutputOfAsync(string program, params string[] args)
    {
        OtherProcess run = await RunAsync(program, args);
        return run.ExitCode == 0 ? run.Output : throw new InvalidOperationException($"{program} {string.Join(' ', args)} ended with {run.ExitCode}:\n{run.Output}\n{run.Error}");
    }
}
