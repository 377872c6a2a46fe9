using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Reporting;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Reporting;

/// <summary><c>modelops.sarif</c>: what the stages of the last builds reported, stage by stage, so that a build that stops at its data has its findings too.</summary>
public static class ProblemFile
{
    private static readonly List<string> s_order = [Names.Resolve, Names.Prepare, .. Names.ReceiptStages, Names.LayOut];

    /// <summary>Replaces the findings of a stage that has run; those of later stages belonged to an input that is no more.</summary>
    public static void Update(string path, string stage, IReadOnlyList<Diagnostic> found, string projectDirectory)
    {
        string root = RootOf(projectDirectory);
        int at = IndexOf(stage);
        IEnumerable<SarifFinding> earlier = SarifLog.Read(path, root).Where(f => IndexOf(f.Stage) < at);
        AtomicFile.WriteIfDifferent(path, SarifLog.Write([.. earlier, .. found.Select(d => new SarifFinding(stage, d))], root));
    }

    private static int IndexOf(string stage) => s_order.IndexOf(stage) is var at and >= 0 ? at : s_order.Count;

    /// <summary>The repository's folder; the project's where there is none.</summary>
    private static string RootOf(string directory)
    {
        for (DirectoryInfo? at = new(directory); at is not null; at = at.Parent)
        {
            // A worktree and a submodule have a file of that name.
            string git = Path.Combine(at.FullName, ".git");
            if (Directory.Exists(git) || File.Exists(git))
            {
                return at.FullName;
            }
        }

        return directory;
    }
}
