using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Git;

/// <summary>
/// Finds LibGit2Sharp's native part: the one beside it (package <c>LibGit2Sharp.NativeBinaries</c>) where there is one, else the system's libgit2.
/// The binding was written for a newer one, so every call that this product makes has a test against the version named here.
/// </summary>
internal static class GitLibrary
{
    /// <summary>Debian's and Ubuntu's package <c>libgit2-1.5</c>.</summary>
    private const string System = "libgit2.so.1.5";

    private static int s_listening;

    /// <summary>Whether git's history can be read in this process; false without a native library.</summary>
    public static bool IsThere
    {
        get
        {
            Listen();
            try
            {
                return Touch();
            }
            catch (Exception failure) when (failure is DllNotFoundException or TypeInitializationException or FileNotFoundException or BadImageFormatException)
            {
                return false;
            }
        }
    }

    private static bool Touch() => LibGit2Sharp.GlobalSettings.Version is { } version && version.ToString() is { Length: > 0 };

    private static void Listen()
    {
        if (Interlocked.Exchange(ref s_listening, 1) == 0)
        {
            AssemblyLoadContext? context = AssemblyLoadContext.GetLoadContext(typeof(GitLibrary).Assembly);
            (context ?? AssemblyLoadContext.Default).ResolvingUnmanagedDll += Resolve;
        }
    }

    // Names are git2-<hash> on all systems.
    private static nint Resolve(Assembly asking, string name)
        => name.StartsWith("git2", StringComparison.Ordinal) && NativeLibrary.TryLoad(System, out nint library) ? library : 0;
}

/// <summary>Git's history: MOPS2114 to MOPS2116, MOPS6122. It never fails a build.</summary>
public static class GitErrors
{
    public static Diagnostic NoLibrary()
        => Diagnostic.Warning("MOPS2114", "Git's history is not shown, because libgit2 is missing. Install the system's libgit2 1.5 (Debian: libgit2-1.5) to see who changed which row.");

    public static Diagnostic NoInputState()
        => Diagnostic.Warning("MOPS6122", "Whether the model's inputs differ from the commit is not recorded, because libgit2 is missing; a machine that has it packs other bytes. Install the system's libgit2 1.5 (Debian: libgit2-1.5).");

    public static DiagnosticException NotARepository(string folder)
        => new(Diagnostic.Error("MOPS2115", "The folder is in no git repository (or libgit2 is missing), so commits cannot be compared. Compare builds or packages instead.", new SourceLocation(folder)));

    public static DiagnosticException UnknownRevision(string revision, string folder)
        => new(Diagnostic.Error("MOPS2116", $"'{ForeignText.Clean(revision, 80)}' names no commit of the repository. Give a branch, a tag, HEAD~1 or the digits of a commit; a shallow clone lacks older ones.", new SourceLocation(folder)));
}
