using System.Globalization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Tools;

/// <summary>What can go wrong with trainers that a team runs itself: MOPS3180 to MOPS3189.</summary>
public static class ToolErrors
{
    public static Diagnostic NotExpressible(string tool, ToolProblem problem, SourceLocation? at) => Diagnostic.Error("MOPS3180",
        $"{problem.Setting} cannot be told to '{tool}': {problem.Why}. Remove it where this trainer is used, or train elsewhere; nothing is dropped silently.", at);

    public static Diagnostic NoVersion(string tool, string series, string version, SourceLocation? at) => Diagnostic.Error("MOPS3181",
        $"TrainerVersion is '{ForeignText.Clean(version)}'; expected the exact version of '{tool}' that trains here{(series.Length > 0 ? $", {series}x: the configuration is written for these" : "")}. It is part of the training key, because another version may train another model.", at);

    public static DiagnosticException OtherVersion(string tool, string version, string found) => Error("MOPS3182",
        $"TrainerVersion says '{tool}' {Clean(version)}, and {(found.Length > 0 ? $"{Clean(found)} is installed" : "the environment of the command has none")}. Nothing was trained. Install that version where the command runs, or change TrainerVersion.");

    public static DiagnosticException Failed(string tool, int exitCode, string said, string log) => Error("MOPS3183", string.Create(CultureInfo.InvariantCulture,
        $"'{tool}' ended with exit code {exitCode}{(exitCode is 137 ? " (killed, often because memory ran out)" : "")}. All that it said is in '{log}'. Its last words: {said}"));

    public static DiagnosticException NoWeights(string tool, string file, string log) => Error("MOPS3184",
        $"'{tool}' ended well and has left no {file}, so nothing of it was kept: a configuration alone is written before training. All that it said is in '{log}'.");

    public static DiagnosticException NotFound(string tool, string command) => Error("MOPS3185",
        $"'{tool}' cannot be started: the shell does not find '{Clean(command)}'. Activate its environment before the build, or name the command with its path in TrainCommand.");

    public static Diagnostic Missing(string tool, string property, string what, SourceLocation? at) => Diagnostic.Error("MOPS3186", $"Trainer is '{tool}', and {property} is not set. Set it to {what}.", at);

    public static DiagnosticException Diverged(string tool, string log) => Error("MOPS3187",
        $"'{tool}' reported a loss that is no number: the training has diverged, and nothing of it was kept. Lower LearningRate, or warm up longer. All that it said is in '{log}'.");

    public static DiagnosticException RowNotTaken(string tool, int row, string why, string project) => Error("MOPS3188", string.Create(CultureInfo.InvariantCulture,
        $"Row {row} of the training rows cannot be told to '{tool}': {why}. Change the row, or train elsewhere."), new SourceLocation(project));

    public static DiagnosticException BadAdapter(string tool, string why, string log) => Error("MOPS3189",
        $"What '{tool}' has left is no adapter of this base model: {Clean(why)} Nothing of it was kept. All that it said is in '{log}'.");

    private static string Clean(string text) => ForeignText.Clean(text, 400);

    private static DiagnosticException Error(string code, string message, SourceLocation? at = null) => new(Diagnostic.Error(code, message, at));
}
