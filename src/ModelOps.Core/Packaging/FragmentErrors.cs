using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>Packages in parts: <c>MOPS7133</c> to <c>MOPS7136</c>.</summary>
public static class FragmentErrors
{
    /// <param name="fragments">Ids of the parts that are not there.</param>
    /// <param name="version">Theirs, and the package's.</param>
    public static Diagnostic Missing(string package, IReadOnlyList<string> fragments, string version) => Diagnostic.Error("MOPS7133",
        $"The model of package {ForeignText.Clean(package)} {ForeignText.Clean(version)} is in parts, and not at hand {(fragments.Count == 1 ? "is" : "are")} {ForeignText.Clean(string.Join(", ", fragments), 1000)} {ForeignText.Clean(version)}. "
        + "Restore again with a feed that carries every part; beside a .nupkg, put those of its parts; who downloads a package by PackageDownload names each part in one too.");

    public static Diagnostic Damaged(string package, string file, string detail) => Diagnostic.Error("MOPS7134",
        $"A part of package {ForeignText.Clean(package)} is not what was packed: {ForeignText.Clean(detail, 300)}. Delete the folder of the part's package in the package cache and restore again.",
        new SourceLocation(file));

    public static Diagnostic Swapped(string package, string file, string fragment) => Diagnostic.Error("MOPS7135",
        $"Parts of package {ForeignText.Clean(package)} are swapped: {ForeignText.Clean(fragment)} holds what belongs to another part. Somebody packed or renamed the parts anew; get the packages from where they were published.",
        new SourceLocation(file));

    public static Diagnostic CannotJoin(string package, string file, string detail) => Diagnostic.Error("MOPS7136",
        $"The parts of package {ForeignText.Clean(package)} cannot be joined: {ForeignText.Clean(detail, 300)} The joined file stands beside the rest of the package in the package cache; give it space and write access, or restore where you may write.",
        new SourceLocation(file));
}
