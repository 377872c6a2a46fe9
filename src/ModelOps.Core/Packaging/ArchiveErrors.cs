using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>Packages as files: <c>MOPS6101</c> to <c>MOPS6107</c>. Whatever such a file holds, nothing of it is written outside the folder that was asked for.</summary>
public static class ArchiveErrors
{
    public static DiagnosticException NotAModelPackage(string path, string detail) => new(Diagnostic.Error("MOPS6101",
        $"This is no model package: {ForeignText.Clean(detail, 300)}. Expected a .nupkg that 'dotnet pack' made from a model project, or the folder of a restored one.", new SourceLocation(path)));

    public static DiagnosticException UnsafeEntry(string path, string entry, string detail) => new(Diagnostic.Error("MOPS6102",
        $"The package is refused: its entry '{ForeignText.Clean(entry, 120)}' {detail}. No tool packs such a name; do not open the package with another one either.", new SourceLocation(path)));

    public static DiagnosticException DuplicateEntry(string path, string entry) => new(Diagnostic.Error("MOPS6103",
        $"The package is refused: it has two entries '{ForeignText.Clean(entry, 120)}', so different readers would see different files.", new SourceLocation(path)));

    public static DiagnosticException TooLarge(string path, string detail) => new(Diagnostic.Error("MOPS6104",
        $"The package is refused: {ForeignText.Clean(detail, 300)}. It was made to fill memory or disk.", new SourceLocation(path)));

    public static DiagnosticException Damaged(string path, string detail, Exception? inner = null) => new(Diagnostic.Error("MOPS6105",
        $"The package cannot be read: {ForeignText.Clean(detail, 300)}. Copy or download it again.", new SourceLocation(path)), inner);

    public static DiagnosticException AlreadySealed(string path) => new(Diagnostic.Error("MOPS6106",
        "The package carries a NuGet signature, which every change of the package breaks. Sign the unsigned package first and let NuGet sign last, or use --detached.", new SourceLocation(path)));

    public static DiagnosticException NoSuchPackage(string path) => new(Diagnostic.Error("MOPS6107",
        "There is no such package. Expected a .nupkg, or the folder of a restored model package.", new SourceLocation(path)));
}
