using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Workers;

/// <summary>One run of a worker: request file in, events out. The specification is <c>docs/worker-protocol.md</c>.</summary>
public sealed class WorkerProcess
{
    private const int StderrLines = 20;
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);
    private readonly WorkerHost _host;
    private readonly IStageLog _log;
    private readonly string _stage;
    private readonly Queue<string> _stderr = new();
    private readonly List<MetricEvent> _metrics = [];
    private ResultEvent? _result;
    private DiagnosticException? _failure;

    private WorkerProcess(WorkerHost host, string stage, IStageLog log) => (_host, _stage, _log) = (host, stage, log);

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
            return new WorkerProcess(host, stage, log).Run(file, Verb(request), cancellation);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private WorkerRun Run(string requestFile, string verb, CancellationToken cancellation)
    {
        using Process process = Start(requestFile);
        using CancellationTokenRegistration registration = cancellation.Register(() => Stop(process));
        process.ErrorDataReceived += (_, line) => KeepStderr(line.Data);
        process.BeginErrorReadLine();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            Take(line, verb, process);
        }

        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return Outcome(verb, process.ExitCode);
    }

    private Process Start(string requestFile)
    {
        bool managed = _host.WorkerPath.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(managed ? _host.DotnetHost : _host.WorkerPath)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardErrorEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            WorkingDirectory = _host.WorkDirectory,
        };
        foreach (string argument in managed ? ["exec", _host.WorkerPath, requestFile] : new[] { requestFile })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["MODELOPS_WORKER_PARENT"] = "stdin";
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw WorkerErrors.NotStarted(_host.WorkerPath, failure);
        }
    }

    private void Take(string line, string verb, Process process)
    {
        if (_failure is not null || line.Length == 0)
        {
            return;
        }

        try
        {
            Handle(WorkerEvent.Parse(line));
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            _failure = WorkerErrors.BadEvent(verb, line, failure);
            Stop(process);
        }
    }

    private void Handle(WorkerEvent? workerEvent)
    {
        switch (workerEvent)
        {
            case ProgressEvent progress:
                TimeSpan? remaining = progress.EtaSeconds is { } seconds && double.IsFinite(seconds) ? TimeSpan.FromSeconds(seconds) : null;
                _log.Progress(new StageProgress(_stage, progress.Step, progress.Steps, Describe(progress), remaining));
                break;
            case MetricEvent metric:
                _metrics.Add(metric);
                string at = metric.Epoch is { } epoch ? Format($" after epoch {epoch:0.##}") : metric.Step is { } step ? Format($" at step {step}") : "";
                _log.Message(Format($"  {ForeignText.Clean(metric.Name)} {metric.Value:0.####}{at}"), important: true);
                break;
            case LogEvent { Level: "warning" } warning:
                _log.Report(WorkerErrors.Warning(warning.Message));
                break;
            case LogEvent message:
                _log.Message(ForeignText.Clean(message.Message, 1000));
                break;
            case ResultEvent result:
                _result = result;
                break;
            case ErrorEvent error:
                SourceLocation? location = error.File is null ? null : new SourceLocation(error.File, error.Line ?? 0, error.Column ?? 0);
                _failure = WorkerErrors.Reported(error.Code, error.Message, location);
                break;
        }
    }

    private WorkerRun Outcome(string verb, int exitCode)
        => _failure is not null ? throw _failure
            : exitCode != WorkerExitCode.Done ? throw WorkerErrors.Crashed(verb, exitCode, Stderr())
            : new WorkerRun(_result ?? throw WorkerErrors.NoResult(verb, Stderr()), _metrics);

    private static string Describe(ProgressEvent progress)
    {
        var parts = new List<string>();
        if (progress.Loss is { } loss)
        {
            parts.Add(Format($"loss {loss:0.000}"));
        }

        if (progress.RewardAccuracy is { } accuracy)
        {
            parts.Add(Format($"reward accuracy {accuracy:0.00}"));
        }

        if (progress.TokensPerSecond is { } tokens)
        {
            parts.Add(Format($"{tokens:0} tokens/s"));
        }
        else if (progress.RowsPerSecond is { } rows)
        {
            parts.Add(Format($"{rows:0.0} rows/s"));
        }

        return string.Join(", ", parts);
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

    private void KeepStderr(string? line)
    {
        lock (_stderr)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                _stderr.Enqueue(line);
                if (_stderr.Count > StderrLines)
                {
                    _stderr.Dequeue();
                }
            }
        }
    }

    private string Stderr()
    {
        lock (_stderr)
        {
            return string.Join(" | ", _stderr.Select(line => ForeignText.Clean(line, 300)));
        }
    }

    private static string Verb(WorkerRequest request) => request.GetType().Name.Replace("Request", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
