using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Files;

namespace ModelOps.Cli.Projects;

/// <summary>What MSBuild says about a project: where its model files are and which store it uses.</summary>
internal sealed record ProjectState(string Project, StageFiles Files, string StoreRoot, bool Force)
{
    private const string Intermediate = "ModelOpsIntermediateDirectory";
    private const string Home = "ModelOpsHome";
    private const string ForceTraining = "ModelOpsForce";

    public string Name => Path.GetFileNameWithoutExtension(Project);

    public string Receipts => Path.Combine(Files.Directory, "receipts");

    /// <summary>Evaluates the project, and first runs the request's target when it has one. Null when that failed; errors were printed.</summary>
    /// <exception cref="DiagnosticException">It is no model project.</exception>
    public static async Task<(BuildOutcome Outcome, ProjectState? State)> ReadAsync(BuildRequest request, Terminal terminal, CancellationToken cancellation)
    {
        (BuildOutcome outcome, IReadOnlyDictionary<string, string> values) = await new BuildProcess(terminal)
            .GetPropertiesAsync(request, [Intermediate, Home, ForceTraining], cancellation).ConfigureAwait(false);
        if (outcome.MSBuildExitCode != 0)
        {
            return (outcome, null);
        }

        if (values[Intermediate].Length == 0)
        {
            throw new DiagnosticException(CliErrors.NotAModelProject(request.Project));
        }

        string folder = Path.GetDirectoryName(request.Project)!;
        var files = new StageFiles(Path.GetFullPath(values[Intermediate], folder));
        bool force = values[ForceTraining].Equals("true", StringComparison.OrdinalIgnoreCase);
        return (outcome, new ProjectState(request.Project, files, Path.GetFullPath(values[Home], folder), force));
    }
}
