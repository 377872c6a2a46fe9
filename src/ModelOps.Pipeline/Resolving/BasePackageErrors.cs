using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Resolving;

/// <summary>Base models as packages, in a model project: <c>MOPS7130</c> to <c>MOPS7132</c>.</summary>
public static class BasePackageErrors
{
    public static DiagnosticException NotRestored(string id, string version, string folder, SourceLocation? at) => new(Diagnostic.Error("MOPS7130",
        $"The base model's package {ForeignText.Clean(id)} {version} was not restored: there is no '{ForeignText.Clean(folder, 300)}'. Restore the project (dotnet restore), and look whether its feeds have exactly this version.", at));

    public static DiagnosticException NotABase(string id, SourceLocation? at) => new(Diagnostic.Error("MOPS7131",
        $"The package {ForeignText.Clean(id)} holds no base model. Expected one that 'dotnet modelops import hf' or Pack made of a base model; an adapter's package names its base in model/modelops.json.", at));

    public static DiagnosticException Changed(string id, string folder, string expected, string actual) => new(Diagnostic.Error("MOPS7132",
        $"The base model's package {ForeignText.Clean(id)} was changed after it was restored: its manifest says {expected}, its files are {actual}. Delete its folder in the package cache and restore again.",
        new SourceLocation(folder)));
}
