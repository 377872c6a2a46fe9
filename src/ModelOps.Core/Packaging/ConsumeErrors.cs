using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>Restore and consume: <c>MOPS7xxx</c>.</summary>
public static class ConsumeErrors
{
    private const string MissingBaseCode = "MOPS7002";

    public static Diagnostic DamagedFile(string package, string file, string detail) => Diagnostic.Error("MOPS7001",
        $"The file does not match the manifest of package {package}: {detail}. The package in the cache was changed after it was restored; delete its folder and restore again.",
        new SourceLocation(file));

    /// <summary>A base model that is not there says nothing against the adapter.</summary>
    public static bool IsMissingBase(Diagnostic diagnostic) => diagnostic.Code == MissingBaseCode;

    public static Diagnostic MissingBase(string package, PackageIdentity @base) => Diagnostic.Error("MOPS7002",
        $"Package {package} stands on the base model package {@base.Id} {@base.Version}, which is not among the restored packages. "
        + "Add the feed that carries it, or reference it by that exact version; of a PackageDownload NuGet restores no dependencies, so download that version of the base too.");

    public static Diagnostic WrongBase(string package, PackageIdentity @base, string expected, string actual) => Diagnostic.Error("MOPS7003",
        $"Package {package} was trained on a base model with identity {expected}, but {@base.Id} {@base.Version} has {actual}. "
        + "An adapter on another base answers nonsense; restore the base package it names.");

    public static Diagnostic UnreadableManifest(string file, string detail) => Diagnostic.Error("MOPS7004",
        $"The model package's manifest cannot be read: {detail}. Restore the package again, or update ModelOps.Consume if the package is newer.",
        new SourceLocation(file));

    public static Diagnostic UnlistedFile(string package, string file) => Diagnostic.Error("MOPS7006",
        $"The file is not in the manifest of package {package}, so nobody vouches for it. Delete it, or the whole folder of the package, and restore and build again.",
        new SourceLocation(file));

    public static Diagnostic CannotLoad(string package, string folder, string detail) => Diagnostic.Error("MOPS7007",
        $"The model of package {package} cannot be loaded: {ForeignText.Clean(detail, 400)}. Build the app again so that its models folder matches its packages.",
        new SourceLocation(folder));

    public static Diagnostic CannotAnswer(string package, string detail) => Diagnostic.Error("MOPS7008",
        $"The model of package {package} cannot answer this conversation: {ForeignText.Clean(detail, 400)}. Shorten it, or keep to the roles the model was trained with.");
}
