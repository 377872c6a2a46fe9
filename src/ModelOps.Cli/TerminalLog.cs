using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli;

/// <summary>A stage's words on standard error: diagnostics always, important lines, and progress on one line of a real terminal.</summary>
internal sealed class TerminalLog(Terminal terminal) : IStageLog
{
    private readonly Lock _lock = new();
    private int _progressLength;

    public void Report(Diagnostic diagnostic) => Line(diagnostic.ToString());

    public void Message(string text, bool important = false)
    {
        if (important)
        {
            Line(text);
        }
    }

    public void Progress(StageProgress progress)
    {
        if (!terminal.ErrorIsInteractive)
        {
            return;
        }

        string total = progress.Total > 0 ? $"/{progress.Total}" : "";
        string remaining = progress.Remaining is { } left ? $", {left.TotalSeconds:0} s left" : "";
        string text = $"{progress.Stage} {progress.Done}{total}{(progress.Detail.Length > 0 ? $", {progress.Detail}" : "")}{remaining}";
        lock (_lock)
        {
            terminal.Error.Write($"\r{text.PadRight(_progressLength)}");
            _progressLength = text.Length;
        }
    }

    /// <summary>Takes the progress line away.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            if (_progressLength > 0)
            {
                terminal.Error.Write($"\r{new string(' ', _progressLength)}\r");
                _progressLength = 0;
            }
        }
    }

    private void Line(string text)
    {
        lock (_lock)
        {
            Finish();
            terminal.Error.WriteLine(text);
        }
    }
}
