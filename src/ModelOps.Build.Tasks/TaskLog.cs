using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Build.Tasks;

/// <summary>Carries a stage's words to MSBuild's loggers; progress at most every few seconds.</summary>
internal sealed class TaskLog(TaskLoggingHelper log, string projectFile) : IStageLog
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private DateTime _lastProgress = DateTime.UtcNow - s_interval;

    public void Report(Diagnostic diagnostic)
    {
        SourceLocation at = diagnostic.Location ?? new SourceLocation(projectFile);
        switch (diagnostic.Severity)
        {
            case DiagnosticSeverity.Error:
                log.LogError(null, diagnostic.Code, null, HelpLink(diagnostic.Code), at.File, at.Line, at.Column, 0, 0, "{0}", diagnostic.Message);
                break;
            case DiagnosticSeverity.Warning:
                log.LogWarning(null, diagnostic.Code, null, HelpLink(diagnostic.Code), at.File, at.Line, at.Column, 0, 0, "{0}", diagnostic.Message);
                break;
            default:
                log.LogMessage(MessageImportance.High, "{0}", diagnostic.ToString());
                break;
        }
    }

    public void Message(string text, bool important = false)
        => log.LogMessage(important ? MessageImportance.High : MessageImportance.Normal, "{0}", text);

    public void Progress(StageProgress progress)
    {
        lock (_lock)
        {
            DateTime now = DateTime.UtcNow;
            if (now - _lastProgress < s_interval && progress.Done != progress.Total)
            {
                return;
            }

            _lastProgress = now;
        }

        string total = progress.Total > 0 ? $"/{progress.Total}" : "";
        string remaining = progress.Remaining is { } left ? $", {Duration(left)} left" : "";
        log.LogMessage(MessageImportance.High, "{0}", $"  {progress.Stage} {progress.Done}{total}: {progress.Detail}{remaining}");
    }

    private static string Duration(TimeSpan time)
        => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{time.TotalSeconds:0} s";

    private static string HelpLink(string code) => $"docs/errors/{code}.md";
}
