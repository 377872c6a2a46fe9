using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Workers;

/// <summary>What can go wrong between a build and the process that trains or generates: MOPS3001 to MOPS3009.</summary>
public static class WorkerErrors
{
    public static DiagnosticException NotFound(string path)
        => Failure("MOPS3001", $"The worker '{path}' does not exist. ModelOpsWorkerPath must name an assembly or executable that speaks the worker protocol; by default it is the one inside ModelOps.Sdk.");

    /// <param name="packages">What is missing.</param>
    /// <param name="sources">Where it was looked for.</param>
    public static DiagnosticException NoTorchSharp(IReadOnlyList<string> packages, string sources)
        => Failure("MOPS3207", $"Trainer is torchsharp, and {string.Join(" and ", packages)} {(packages.Count == 1 ? "is" : "are")} not to be had{(sources.Length == 0 ? ": restore the project" : $" from {ForeignText.Clean(sources, 300)}")}. "
            + "Add a source that has them to nuget.config (TorchSharp is on NuGet's public feed, ModelOps.Worker.TorchSharp comes with ModelOps.Sdk's release), or set Trainer to engine. docs/torchsharp.md says how to build the worker by hand.");

    public static DiagnosticException NotStarted(string path, Exception inner)
        => new(Diagnostic.Error("MOPS3002", $"The worker '{path}' could not be started: {inner.Message}"), inner);

    public static DiagnosticException Crashed(string verb, int exitCode, string stderr)
        => Failure("MOPS3003", $"The worker ended during '{verb}' with exit code {exitCode}{Signal(exitCode)} and without a result. Nothing of it was kept; the next build starts over.{Tail(stderr)}");

    public static DiagnosticException NoResult(string verb, string stderr)
        => Failure("MOPS3004", $"The worker said it was done with '{verb}' but sent no result, so nothing of it was kept. A worker's last line must be a 'result' event.{Tail(stderr)}");

    public static DiagnosticException BadEvent(string verb, string line, Exception inner)
        => new(Diagnostic.Error("MOPS3005", $"The worker wrote a line during '{verb}' that is no event of the worker protocol: {ForeignText.Clean(line)}"), inner);

    public static Diagnostic Warning(string message) => Diagnostic.Warning("MOPS3006", ForeignText.Clean(message, 1000));

    /// <summary>The worker's own diagnosis.</summary>
    public static DiagnosticException Reported(string code, string message, SourceLocation? at)
        => new(Diagnostic.Error(code, ForeignText.Clean(message, 2000), at));

    public static DiagnosticException OutputMissing(string verb, string path)
        => Failure("MOPS3007", $"The worker said it was done with '{verb}' but '{path}' is not there or is not complete, so nothing of it was kept.");

    private static string Signal(int exitCode) => exitCode switch
    {
        137 => " (killed, often because memory ran out)",
        139 => " (segmentation fault)",
        143 => " (terminated)",
        _ => "",
    };

    private static string Tail(string stderr) => stderr.Length == 0 ? "" : $" Its last words: {stderr}";

    private static DiagnosticException Failure(string code, string message) => new(Diagnostic.Error(code, message));
}
