using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using Diagnostic = ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Cli.Projects;

/// <summary>How a call of MSBuild ended.</summary>
internal sealed record BuildOutcome(int MSBuildExitCode, IReadOnlyList<Diagnostic> Diagnostics)
{
    public IEnumerable<Diagnostic> Errors => Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error);

    public int ExitCode => MSBuildExitCode == 0 ? Cli.ExitCode.Ok : Cli.ExitCode.For(Errors);
}

/// <summary>Runs a target of the project, so that tool and build are one behaviour.</summary>
internal sealed partial class BuildProcess(Terminal terminal)
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(20);
    private const int Interrupt = 2;

    /// <summary>MSBuild writes to this process's own streams, as if it had been called directly; or, when standard output is for data, to standard error.</summary>
    public async Task<BuildOutcome> RunAsync(BuildRequest request, bool outputIsData, CancellationToken cancellation)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("modelops-");
        try
        {
            string log = Path.Combine(scratch.FullName, "errors.log");
            ProcessStartInfo start = Start([.. request.Arguments(), $"-flp9:LogFile={log};Verbosity=quiet;Encoding=UTF-8", .. outputIsData ? ["-tl:off"] : Array.Empty<string>()]);
            start.RedirectStandardOutput = outputIsData;
            int exitCode = await RunAsync(start, process => outputIsData ? CopyAsync(process.StandardOutput, terminal.Error) : Task.CompletedTask, cancellation)
                .ConfigureAwait(false);
            return Explain(request, new BuildOutcome(exitCode, BuildLog.Read(log)));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>The values of properties after the target ran; warnings and errors go to standard error.</summary>
    /// <exception cref="DiagnosticException">The project cannot be evaluated, or the target failed.</exception>
    public async Task<(BuildOutcome Outcome, IReadOnlyDictionary<string, string> Values)> GetPropertiesAsync(
        BuildRequest request, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        (BuildOutcome outcome, string output) = await AskAsync(request, names.Select(n => $"-getProperty:{n}"), cancellation).ConfigureAwait(false);
        return (outcome, outcome.MSBuildExitCode == 0 ? Values(output, names) : new Dictionary<string, string>());
    }

    /// <summary>The values of properties and the items of a type, each with its metadata and its name as <c>Identity</c>.</summary>
    /// <param name="names">Two or more.</param>
    public async Task<(BuildOutcome Outcome, IReadOnlyDictionary<string, string> Values, IReadOnlyList<IReadOnlyDictionary<string, string>> Items)> GetItemsAsync(
        BuildRequest request, IReadOnlyList<string> names, string item, CancellationToken cancellation)
    {
        (BuildOutcome outcome, string output) = await AskAsync(request, names.Select(n => $"-getProperty:{n}").Append($"-getItem:{item}"), cancellation).ConfigureAwait(false);
        if (outcome.MSBuildExitCode != 0)
        {
            return (outcome, new Dictionary<string, string>(), []);
        }

        using JsonDocument json = JsonDocument.Parse(output);
        return (outcome, Values(output, names), [.. json.RootElement.GetProperty("Items").GetProperty(item).EnumerateArray()
            .Select(i => i.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!, StringComparer.OrdinalIgnoreCase))]);
    }

    private async Task<(BuildOutcome Outcome, string Output)> AskAsync(BuildRequest request, IEnumerable<string> questions, CancellationToken cancellation)
    {
        ProcessStartInfo start = Start([.. request.Arguments(), .. questions]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        string output = "";
        var messages = new List<string>();
        int exitCode = await RunAsync(
            start,
            async process =>
            {
                Task errors = CopyAsync(process.StandardError, terminal.Error, messages);
                output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None).ConfigureAwait(false);
                await errors.ConfigureAwait(false);
            },
            cancellation).ConfigureAwait(false);
        return (Explain(request, new BuildOutcome(exitCode, BuildLog.Parse(messages))), output);
    }

    /// <summary>Properties and items of the project as it is evaluated; no target runs. An item's metadata are all that MSBuild knows of it.</summary>
    /// <param name="items">Two names or more of properties and items together.</param>
    public async Task<(BuildOutcome Outcome, ProjectValues? Values)> EvaluateAsync(BuildRequest request, IReadOnlyList<string> properties, IReadOnlyList<string> items, CancellationToken cancellation)
    {
        (BuildOutcome outcome, string output) = await AskAsync(request, [.. properties.Select(n => $"-getProperty:{n}"), .. items.Select(n => $"-getItem:{n}")], cancellation).ConfigureAwait(false);
        return (outcome, outcome.MSBuildExitCode == 0 ? ProjectValues.Parse(output) : null);
    }

    internal static IReadOnlyDictionary<string, string> Values(string output, IReadOnlyList<string> names)
    {
        // A single property is printed bare, several as JSON.
        if (names.Count == 1)
        {
            return new Dictionary<string, string> { [names[0]] = output.Trim() };
        }

        using JsonDocument json = JsonDocument.Parse(output);
        return json.RootElement.GetProperty("Properties").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal);
    }

    private BuildOutcome Explain(BuildRequest request, BuildOutcome outcome)
    {
        // MSB4057: no such target. Somebody pointed the tool at an ordinary project.
        if (!outcome.Errors.Any(e => e.Code == "MSB4057"))
        {
            return outcome;
        }

        Diagnostic reason = CliErrors.NotAModelProject(request.Project);
        terminal.Error.WriteLine(reason);
        return outcome with { Diagnostics = [.. outcome.Diagnostics, reason] };
    }

    private static ProcessStartInfo Start(IEnumerable<string> arguments)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var start = new ProcessStartInfo(DotnetHost.Path) { UseShellExecute = false };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en"; // BuildLog reads the words "error" and "warning".
        return start;
    }

    private static async Task<int> RunAsync(ProcessStartInfo start, Func<Process, Task> read, CancellationToken cancellation)
    {
        using Process process = Launch(start);
        using CancellationTokenRegistration registration = cancellation.Register(() => Stop(process));
        await read(process).ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    private static Process Launch(ProcessStartInfo start)
    {
        if (start.RedirectStandardOutput)
        {
            start.StandardOutputEncoding = Encoding.UTF8;
        }

        if (start.RedirectStandardError)
        {
            start.StandardErrorEncoding = Encoding.UTF8;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new DiagnosticException(CliErrors.NoDotnet(start.FileName, failure), failure);
        }
    }

    // Ctrl-C reaches MSBuild from the terminal; a signal to this process alone does not, so it is passed on. MSBuild ignores the second of two.
    private static void Stop(Process process)
    {
        if (process.HasExited)
        {
            return;
        }

        if (!OperatingSystem.IsWindows() && Kill(process.Id, Interrupt) == 0 && process.WaitForExit(s_grace))
        {
            return;
        }

        process.Kill(entireProcessTree: true);
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to, List<string>? keep = null)
    {
        while (await from.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            keep?.Add(line);
            await to.WriteLineAsync(line).ConfigureAwait(false);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
