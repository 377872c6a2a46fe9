using System.Globalization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>The findings of an audit: <c>MOPS7150</c> to <c>MOPS7153</c>. All of them are warnings.</summary>
internal static class AuditErrors
{
    public static Diagnostic Retires(string package, ModelPointer pointer, DateOnly date, string file) => Diagnostic.Warning("MOPS7150", string.Create(CultureInfo.InvariantCulture,
        $"The model of package {package} stops answering on {date:yyyy-MM-dd}: {Clean(pointer.Provider)} shuts '{Clean(pointer.Model)}' down. Update the package, or ask its author for one on another model, before that day."),
        new SourceLocation(file));

    public static Diagnostic Retired(string package, ModelPointer pointer, DateOnly date, string file) => Diagnostic.Warning("MOPS7151", string.Create(CultureInfo.InvariantCulture,
        $"The model of package {package} has been shut down: {Clean(pointer.Provider)} serves '{Clean(pointer.Model)}' until {date:yyyy-MM-dd}. Update the package; its answers end or have ended."),
        new SourceLocation(file));

    public static Diagnostic NoLicense(string package, string file) => Diagnostic.Warning("MOPS7152",
        $"Package {package} names no licence, so nobody has said that you may use its model. Ask its author, or use another one.", new SourceLocation(file));

    public static Diagnostic NewerBase(string package, PackageIdentity @base, string latest, string file) => Diagnostic.Warning("MOPS7153",
        $"Package {package} stands on {@base.Id} {@base.Version}; {Clean(latest)} is available. An adapter belongs to its base: update the package when its author has trained it on the new one.",
        new SourceLocation(file));

    private static string Clean(string text) => ForeignText.Clean(text, 200);
}
