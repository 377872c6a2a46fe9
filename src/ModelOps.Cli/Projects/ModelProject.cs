using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Projects;

/// <summary>The project that a verb is about.</summary>
internal static class ModelProject
{
    /// <summary>A project file as named, or the single one of a folder; absolute.</summary>
    /// <exception cref="DiagnosticException">There is none, or more than one.</exception>
    public static string Find(string fileOrFolder)
    {
        string path = Path.GetFullPath(fileOrFolder);
        if (File.Exists(path))
        {
            return path;
        }

        if (!Directory.Exists(path))
        {
            throw new DiagnosticException(CliErrors.ProjectMissing(path));
        }

        string[] projects = [.. Directory.GetFiles(path, "*.csproj").Order(StringComparer.Ordinal)];
        return projects switch
        {
            [string one] => one,
            [] => throw new DiagnosticException(CliErrors.NoProject(path)),
            _ => throw new DiagnosticException(CliErrors.SeveralProjects(path, projects.Select(p => Path.GetFileName(p)!))),
        };
    }
}
