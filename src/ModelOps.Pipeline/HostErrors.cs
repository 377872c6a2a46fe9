using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline;

/// <summary>What the machine or the build itself can do to a stage: MOPS9xxx. MOPS9001 (SDK too old) is in ModelOps.Look.targets.</summary>
public static class HostErrors
{
    public static Diagnostic FileSystem(string stage, Exception failure)
        => Diagnostic.Error("MOPS9002", $"{stage} could not read or write a file: {failure.Message} Check permissions and free space; nothing half-written was left behind.");

    public static Diagnostic NotUpToDate(string project)
        => Diagnostic.Error("MOPS9003", "The project is not up to date, and this build (-question) may only say so. Build it without -question.", new SourceLocation(project));
}
