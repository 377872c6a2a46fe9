using System.Diagnostics;
using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Workers;

/// <summary>One run of a worker on this machine: request file in, events out. The specification is <c>docs/worker-protocol.md</c>.</summary>
public sealed class WorkerProcess
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);
    private readonly WorkerHost _host;
    private readonly WorkerEvents _events;

    private WorkerProcess(WorkerHost host, WorkerEvents events) => (_host, _events) = (host, events);

    /// <summary>Runs a request to its result, or throws the worker's diagnosis. Cancelling kills the worker.</summary>
    /// <param name="stage">Whose progress this is, for people.</param>
    public static WorkerRun Run(WorkerHost host, WorkerRequest request, string stage, IStageLog log, CancellationToken cancellation)
    {
        if (host.InProcess is { } answer)
        {
            return answer(request);
        }

        if (!File.Exists(host.WorkerPath))
        {
            throw WorkerErrors.NotFound(host.WorkerPath);
        }

        Directory.CreateDirectory(host.WorkDirectory);
        string file = Path.Combine(host.WorkDirectory, $"request-{Guid.NewGuid():N}.json");
        (request with { Threads = host.Threads }).Write(file);
        try
        {
            return new WorkerProcess(host, new WorkerEvents(stage, Verb(request), log)).Run(file, cancellation);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The command that runs a request of this file.</summary>
    internal static IReadOnlyList<string> Command(WorkerHost host, string requestFile)
        => host.WorkerPath.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? [host.DotnetHost, "exec", host.WorkerPath, requestFile] : [host.WorkerPath, requestFile];

    internal static string Verb(WorkerRequest request) => request.GetType().Name.Replace("Request", "", StringComparison.Ordinal).ToLowerInvariant();

    private WorkerRun Run(string requestFile, CancellationToken cancellation)
    {
        using Process process = Start(requestFile);
        using CancellationTokenRegistration registration = cancellation.Register(() => Stop(process));
        process.ErrorDataReceived += (_, line) => _events.Error(line.Data ?? "");
        process.BeginErrorReadLine();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            bool broken = _events.IsBroken;
            _events.Output(line);
            if (_events.IsBroken && !broken)
            {
                Stop(process);
            }
        }

        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return _events.Outcome(process.ExitCode);
    }

    private Process Start(string requestFile)
    {
        IReadOnlyList<string> command = Command(_host, requestFile);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardErrorEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            WorkingDirectory = _host.WorkDirectory,
        };
        start.Environment["MODELOPS_WORKER_PARENT"] = "stdin";
        foreach ((string name, string value) in _host.Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw WorkerErrors.NotStarted(_host.WorkerPath, failure);
        }
    }

    /// <summary>Closing standard input asks; a worker that does not listen is killed with its children.</summary>
    private static void Stop(Process process)
    {
        try
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(s_grace))
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException)
        {
            // It ended by itself in the meantime.
        }
    }
}
