using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>An expected failure as the event and the exit code that tell of it.</summary>
internal sealed record Failure(ErrorEvent Event, int ExitCode)
{
    /// <summary>Null for what is a bug: it leaves as an exception, with its trace.</summary>
    public static Failure? Of(Exception e) => e switch
    {
        DiagnosticException d => From(d.Diagnostic, d.Diagnostic.Code == "MOPS3050" ? WorkerExitCode.BadRequest : WorkerExitCode.BadData),
        AdapterMismatchException a => From(WorkerDiagnostics.AdapterMismatch(a.Message, null), WorkerExitCode.BadData),
        ModelFileException m => From(WorkerDiagnostics.ModelFile(m), WorkerExitCode.BadData),
        UnknownTargetModuleException u => From(WorkerDiagnostics.UnknownTargetModule(u.Message), WorkerExitCode.BadData),
        TrainingDivergedException t => From(WorkerDiagnostics.Diverged(t.Message), WorkerExitCode.NumericFailure),
        ArgumentException { ParamName: not null } o => From(WorkerDiagnostics.BadOptions(o.Message), WorkerExitCode.BadRequest),
        IOException or UnauthorizedAccessException => From(WorkerDiagnostics.FileSystem(e.Message), WorkerExitCode.BadData),
        _ => null,
    };

    private static Failure From(Diagnostic diagnostic, int exitCode) => new(
        new ErrorEvent
        {
            Code = diagnostic.Code,
            Message = diagnostic.Message,
            File = diagnostic.Location?.File,
            Line = diagnostic.Location is { Line: > 0 } at ? at.Line : null,
            Column = diagnostic.Location is { Column: > 0 } place ? place.Column : null,
        },
        exitCode);
}
