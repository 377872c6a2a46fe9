using System.Globalization;
using System.Text.Json;
using ModelOps.Backends.Clusters;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Workers;

/// <summary>What a worker says, wherever it runs: shown to people as it comes, and the run's outcome at its end. The specification is <c>docs/worker-protocol.md</c>.</summary>
/// <param name="stage">Whose progress this is, for people.</param>
/// <param name="verb">The request's, for messages.</param>
internal sealed class WorkerEvents(string stage, string verb, IStageLog log) : IRunOutput
{
    private const int StderrLines = 20;
    private readonly Queue<string> _stderr = new();
    private readonly List<MetricEvent> _metrics = [];
    private ResultEvent? _result;
    private DiagnosticException? _failure;

    /// <summary>It has said something that is no event: nothing that follows can be believed.</summary>
    public bool IsBroken { get; private set; }

    public void Begin()
    {
        _metrics.Clear();
        (_result, _failure, IsBroken) = (null, null, false);
    }

    public void Output(string line)
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
            IsBroken = true;
        }
    }

    public void Error(string line)
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

    /// <summary>The run's result.</summary>
    /// <exception cref="DiagnosticException">The worker's own diagnosis, or that it had none.</exception>
    public WorkerRun Outcome(int exitCode)
        => _failure is not null ? throw _failure
            : exitCode != WorkerExitCode.Done ? throw WorkerErrors.Crashed(verb, exitCode, Stderr())
            : new WorkerRun(_result ?? throw WorkerErrors.NoResult(verb, Stderr()), _metrics);

    private void Handle(WorkerEvent? workerEvent)
    {
        switch (workerEvent)
        {
            case ProgressEvent progress:
                TimeSpan? remaining = progress.EtaSeconds is { } seconds && double.IsFinite(seconds) ? TimeSpan.FromSeconds(seconds) : null;
                log.Progress(new StageProgress(stage, progress.Step, progress.Steps, Describe(progress), remaining));
                break;
            case MetricEvent metric:
                _metrics.Add(metric);
                string at = metric.Epoch is { } epoch ? Format($" after epoch {epoch:0.##}") : metric.Step is { } step ? Format($" at step {step}") : "";
                log.Message(Format($"  {ForeignText.Clean(metric.Name)} {metric.Value:0.####}{at}"), important: true);
                break;
            case LogEvent { Level: "warning" } warning:
                log.Report(WorkerErrors.Warning(warning.Message));
                break;
            case LogEvent message:
                log.Message(ForeignText.Clean(message.Message, 1000));
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

    private string Stderr()
    {
        lock (_stderr)
        {
            return string.Join(" | ", _stderr.Select(line => ForeignText.Clean(line, 300)));
        }
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
