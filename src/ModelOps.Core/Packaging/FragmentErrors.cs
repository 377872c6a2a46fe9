using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>Packages in parts: <c>MOPS7133</c> to <c>MOPS7136</c>.</summary>
public static class FragmentErrors
{
    public static Diagnostic Missing(string package, PackageIdentity fragment) => Diagnostic.Error("MOPS7133",
        $"The model of package {ForeignText.Clean(package)} is in parts, and the part {ForeignText.Clean(fragment.Id)} {ForeignText.Clean(fragment.Version)} is not at hand. "
        + "Restore again with a feed that carries it; beside a .nupkg, put that of the part; a PackageDownload names each part itself.");

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
