using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Cli;

/// <summary>What can go wrong before or beside a stage: MOPS9010 to MOPS9029 for the tool itself, MOPS2101 to MOPS2109 for the project and files it is pointed at, MOPS6120, MOPS6121, MOPS6124, MOPS6150 and MOPS7154 for packages, MOPS3200 for a worker of one's own, MOPS3208 for what a rebuild cannot promise.</summary>
internal static class CliErrors
{
    public static Diagnostic Usage(string detail, string command)
        => Error("MOPS9010", $"{ForeignText.Clean(detail)} 'dotnet {command} --help' lists what can be said.");

    public static Diagnostic FileSystem(Exception failure)
        => Error("MOPS9011", $"A file could not be read or written: {ForeignText.Clean(failure.Message)} Check permissions and free space.");

    public static Diagnostic NoDotnet(string host, Exception failure)
        => Error("MOPS9012", $"'{host}' could not be started: {ForeignText.Clean(failure.Message)} The stages run in MSBuild, so the .NET SDK must be installed and on the PATH.");

    public static Diagnostic NoServer(string server)
        => Error("MOPS9013", "The server is not where the tool looks for it. Install the tool again ('dotnet tool update ModelOps.Cli'), or name a server with --server.", new SourceLocation(server));

    public static Diagnostic NoProject(string folder)
        => Error("MOPS2101", "The folder has no .csproj. Go to the folder of a model project, or name one: 'dotnet modelops <verb> path/to/Project.csproj'.", new SourceLocation(folder));

    public static Diagnostic SeveralProjects(string folder, IEnumerable<string> names)
        => Error("MOPS2102", $"The folder has several projects ({string.Join(", ", names.Select(n => ForeignText.Clean(n)))}); name the one you mean.", new SourceLocation(folder));

    public static Diagnostic ProjectMissing(string path)
        => Error("MOPS2103", "There is no such project file or folder.", new SourceLocation(path));

    public static Diagnostic NotAModelProject(string project)
        => Error("MOPS2104", "The project does not use ModelOps.Sdk. A model project starts with <Project Sdk=\"ModelOps.Sdk/1.0.0\">; 'dotnet new modelops-adapter' makes one.", new SourceLocation(project));

    public static Diagnostic ProjectNotEvaluated(string project)
        => Error("MOPS1158", "MSBuild cannot evaluate the project (the errors above), so nobody knows its ModelEndpoint and ModelOpsBudget. Nothing was sent. Repair the project first.", new SourceLocation(project));

    public static Diagnostic NoEvaluation(string project)
        => Error("MOPS2105", "The project has not been evaluated yet, so there is nothing to show. Build it, or run 'dotnet modelops evaluate'.", new SourceLocation(project));

    public static Diagnostic NoSubject(string name, IEnumerable<string> known)
        => Error("MOPS5328", $"Nobody called '{ForeignText.Clean(name)}' answered in this evaluation. Known: {string.Join(", ", known.Select(n => ForeignText.Clean(n)))}.");

    public static Diagnostic UnreadableInput(string path, Exception failure)
        => Error("MOPS2106", $"The input cannot be read: {ForeignText.Clean(failure.Message)}", new SourceLocation(path));

    public static Diagnostic BadLine(SourceLocation at, string what, string expected)
        => Error("MOPS2107", $"The line cannot be used: {what}. Expected one JSON object a line: {expected}", at);

    public static Diagnostic RebuildDiffers(string package, IReadOnlyList<string> files)
        => Error("MOPS6120", $"A rebuild from the recorded inputs gives other bytes: {ForeignText.Clean(string.Join(", ", files), 400)}. Equal inputs give equal bytes, so the package was changed, or one of the machines computes wrongly; do not use it until you know.", new SourceLocation(package));

    public static Diagnostic Nonconforming(string worker, int checks, IReadOnlyList<string> failed)
        => Error("MOPS3200", $"The worker does not do what the worker protocol says: {failed.Count} of {checks} checks failed ({string.Join(", ", failed)}). Each one's line says what was seen and what was expected; docs/worker-protocol.md is the specification.", new SourceLocation(worker));

    /// <param name="worker">Device and versions that trained it.</param>
    public static Diagnostic RebuildNotPromised(string package, string worker, IReadOnlyList<string> files)
        => Error("MOPS3208", $"A rebuild gives other bytes: {ForeignText.Clean(string.Join(", ", files), 400)}. The model was trained by {ForeignText.Clean(worker, 200)}, which promises the same bytes only on the same device, driver and processor; "
            + "so this says neither that the package was changed nor that it was not. Rebuild on such a machine, or rely on its signature.", new SourceLocation(package));

    public static Diagnostic OtherInputs(string project, IEnumerable<string> fields)
        => Error("MOPS6121", $"The project would train another model than the package holds: {ForeignText.Clean(string.Join(", ", fields), 400)}. Check out the commit that 'dotnet modelops lineage' names, with the same SDK.", new SourceLocation(project));

    public static Diagnostic ProbeBroke(string package, string detail)
        => Error("MOPS6150", $"The package's sealed rows could not be asked: {ForeignText.Clean(detail.Length == 0 ? "the server ended without a word" : detail, 400)}. Files and signatures are as they should be; whether it answers as in its evaluation is not known. Try again, or leave the rows out with --no-probe.", new SourceLocation(package));

    public static Diagnostic FeedsNotAsked(string project, string detail)
        => Warning("MOPS7154", $"The project's feeds could not be asked for later base models: {ForeignText.Clean(detail, 400)} Everything else was looked at; --offline leaves the feeds out.", new SourceLocation(project));

    public static Diagnostic FolderInUse(string folder)
        => Error("MOPS6124", "The folder is not empty. Name a new one, so that no file of another model stays beside these.", new SourceLocation(folder));

    public static Diagnostic EmptyInput(string name, string expected)
        => Error("MOPS2108", $"The input has no line. Expected JSON Lines: {expected}", new SourceLocation(name));
}
