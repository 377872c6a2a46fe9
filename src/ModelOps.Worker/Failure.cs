using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation.Constraints;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tokenization;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>An expected failure: its code and the exit code of its kind.</summary>
internal sealed record Failure(Diagnostic Diagnostic, int ExitCode)
{
    /// <summary>Null for what nobody expects: a bug.</summary>
    public static Failure? Of(Exception exception) => exception switch
    {
        DiagnosticException { Diagnostic: { Code: "MOPS3050" or "MOPS3058" or "MOPS3203" } request } => new(request, WorkerExitCode.BadRequest),
        DiagnosticException coded => new(coded.Diagnostic, WorkerExitCode.BadData),
        UnknownTargetModuleException e => new(TargetModules.Unknown(ForeignText.Clean(e.Message, 300)), WorkerExitCode.BadRequest),
        JsonSchemaException e => new(WorkerErrors.BadSchema(e.Message), WorkerExitCode.BadRequest),
        TrainingDivergedException e => new(WorkerErrors.Diverged(e.Message), WorkerExitCode.NumericFailure),
        ModelFileException e => new(OfFile(e), WorkerExitCode.BadData),
        IOException or UnauthorizedAccessException => new(WorkerErrors.FileSystem(exception.Message), WorkerExitCode.BadData),
        OutOfMemoryException => new(WorkerErrors.OutOfMemory(), WorkerExitCode.BadData),
        _ => null,
    };

    private static Diagnostic OfFile(ModelFileException e)
    {
        var at = new SourceLocation(e.File, e.Line, e.Column);
        return e switch
        {
            UnsupportedModelException => WorkerErrors.UnsupportedModel(at, e.Reason),
            TokenizerException => WorkerErrors.BadTokenizer(at, e.Reason),
            ChatTemplateException => WorkerErrors.BadTemplate(at, e.Reason),
            UnprovableMaskException => WorkerErrors.NoMask(at, e.Reason),
            AdapterMismatchException => WorkerErrors.WrongAdapter(at, e.Reason),
            CheckpointException => WorkerErrors.BadCheckpoint(at, e.Reason),
            _ => WorkerErrors.BadModel(at, e.Reason),
        };
    }
}
