using ModelOps.Core.Diagnostics;
using ModelOps.Engine;

namespace ModelOps.Worker;

/// <summary>What a worker can report: <c>MOPS3050</c> to <c>MOPS3069</c>. The engine knows no codes; they are given here.</summary>
internal static class WorkerDiagnostics
{
    public static Diagnostic BadRequest(string detail, string? file = null, int line = 0, int column = 0) => Diagnostic.Error("MOPS3050",
        $"The worker's request is unusable: {detail}. docs/worker-protocol.md says what it must hold.", file is null ? null : new SourceLocation(file, line, column));

    public static Diagnostic ModelFile(ModelFileException e) => Diagnostic.Error("MOPS3051",
        $"The model cannot be loaded: {ForeignText.Clean(e.Reason, 600)}.", new SourceLocation(e.File, e.Line, e.Column));

    public static Diagnostic UnknownTargetModule(string detail) => Diagnostic.Error("MOPS3052",
        $"LoraTargetModules names a layer that the model does not have: {ForeignText.Clean(detail, 400)}");

    public static Diagnostic AdapterMismatch(string detail, string? folder) => Diagnostic.Error("MOPS3053",
        $"The adapter does not apply to this model: {ForeignText.Clean(detail, 600)}.", folder is null ? null : new SourceLocation(folder));

    public static Diagnostic BadRow(string file, int line, string detail) => Diagnostic.Error("MOPS3054",
        $"A row cannot be used: {ForeignText.Clean(detail, 600)}.", new SourceLocation(file, line));

    public static Diagnostic NoMask(string file, int line, string detail) => Diagnostic.Error("MOPS3055",
        $"It cannot be shown which tokens of this row are the assistant's: {ForeignText.Clean(detail, 600)}.", new SourceLocation(file, line));

    public static Diagnostic Diverged(string detail) => Diagnostic.Error("MOPS3056",
        $"Training diverged: {detail}. Lower LearningRate, raise WarmupRatio, or look at the rows with the largest loss. Nothing of this run was kept.");

    public static Diagnostic FileSystem(string detail) => Diagnostic.Error("MOPS3057",
        $"The worker could not read or write a file: {ForeignText.Clean(detail, 400)}");

    public static Diagnostic BadOptions(string detail) => Diagnostic.Error("MOPS3058", $"A hyper-parameter is out of range: {ForeignText.Clean(detail, 400)}");
}
