using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline;

/// <summary>A log that remembers whether errors went through it, so that a stage can look for all of them before it stops.</summary>
public sealed class StageReport(IStageLog inner) : IStageLog
{
    public bool HasErrors { get; private set; }

    public void Report(Diagnostic diagnostic)
    {
        HasErrors |= diagnostic.Severity == DiagnosticSeverity.Error;
        inner.Report(diagnostic);
    }

    public void Record(Diagnostic diagnostic)
    {
        HasErrors |= diagnostic.Severity == DiagnosticSeverity.Error;
        inner.Record(diagnostic);
    }

    public void Message(string text, bool important = false) => inner.Message(text, important);

    public void Progress(StageProgress progress) => inner.Progress(progress);

    /// <summary>Runs a check; what it throws as expected failure is reported, at <paramref name="at"/> when it names no place with a line.</summary>
    public T? Try<T>(Func<T> check, SourceLocation? at = null)
        where T : class
    {
        try
        {
            return check();
        }
        catch (DiagnosticException failure)
        {
            Report(failure.Diagnostic.Location is { Line: > 0 } || at is null ? failure.Diagnostic : Placed(failure.Diagnostic, at.Value));
            return null;
        }
    }

    /// <summary>The project's line is what a person can edit; the file that the message was about stays in its text.</summary>
    private static Diagnostic Placed(Diagnostic diagnostic, SourceLocation at)
        => diagnostic with { Location = at, Message = diagnostic.Location is { } old && old.File != at.File ? $"{old.File}: {diagnostic.Message}" : diagnostic.Message };
}
