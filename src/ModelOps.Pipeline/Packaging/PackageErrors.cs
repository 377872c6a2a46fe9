using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Packaging;

/// <summary>Packing: <c>MOPS6xxx</c>.</summary>
public static class PackageErrors
{
    public static DiagnosticException NoVerdict(string project, string missing) => new(Diagnostic.Error("MOPS6001",
        $"There is nothing to pack: {missing} is missing, so no gate has decided on this model. Build the project first.", new SourceLocation(project)));

    public static DiagnosticException NotPassed(string project, string outcome) => new(Diagnostic.Error("MOPS6002",
        $"The verdict on this model is '{outcome}', and only a model whose gates passed is packed. Build the project to see the gates; improve the data or the training, or change the bound.",
        new SourceLocation(project)));

    public static DiagnosticException SealedNotPassed(string project, string outcome) => new(Diagnostic.Error("MOPS5166",
        $"On the sealed rows the verdict is '{outcome}': what the visible held-out rows promised does not hold on fresh ones, so nothing is packed. Improve the data or the training; and seal other rows, because these have been looked at now.",
        new SourceLocation(project)));

    public static DiagnosticException NeedsMajorVersion(string project, string released, string version, IReadOnlyList<string> breaks) => new(Diagnostic.Error("MOPS5168",
        $"Version {version} breaks the callers of {released}: {ForeignText.Clean(string.Join("; ", breaks), 400)}. Raise the major version (before 1.0.0 the minor one), or give the model back what it lost.",
        new SourceLocation(project)));

    public static DiagnosticException StaleVerdict(string project, string what) => new(Diagnostic.Error("MOPS6003",
        $"The verdict belongs to something else than what would be packed: {what}. Build the project again, without --no-build.", new SourceLocation(project)));

    public static DiagnosticException NoLicense(string project) => new(Diagnostic.Error("MOPS6004",
        "A model package needs a licence, because the base model's terms flow down to it. Set PackageLicenseExpression to an SPDX expression, for example MIT, or PackageLicenseFile to a file of yours.",
        new SourceLocation(project)));

    public static DiagnosticException NoBaseLicense(string project, string folder) => new(Diagnostic.Error("MOPS6007",
        $"Nothing says under which licence the base model may be passed on: its folder '{folder}' has no LICENSE file. Add the file that the model came with, or set BaseModelLicenseExpression to an SPDX expression.",
        new SourceLocation(project)));

    public static DiagnosticException Unsigned(string project, string feed) => new(Diagnostic.Error("MOPS6008",
        $"The model came from the feed '{ForeignText.Clean(feed, 200)}' and no trusted key has signed it, so anybody who can write to that feed may have made it; such a model serves development builds only. Train it here (dotnet build -p:ModelOpsForce=true), or name the public key of whoever pushes it in ModelOpsCacheTrustedKeys and build again after dotnet clean.",
        new SourceLocation(project)));

    public static DiagnosticException DataLicense(string project, string item, string license) => new(Diagnostic.Error("MOPS6123",
        $"The licence '{ForeignText.Clean(license, 100)}' of the data '{ForeignText.Clean(item, 100)}' is no SPDX expression. Expected an identifier such as CC-BY-4.0 or several joined by AND and OR; LicenseRef-Contoso names one of your own.",
        new SourceLocation(project)));

    public static Diagnostic SameVersion(string project, string version, string package) => Diagnostic.Warning("MOPS6005",
        $"'{package}' holds another model under the same version {version}. Package caches that have it go on serving the old one. Raise Version, or set ModelOpsVersionSuffix=Key for a version that follows the content.",
        new SourceLocation(project));

    public static DiagnosticException BasePackage(string project, string id, string detail, Exception? inner = null) => new(Diagnostic.Error("MOPS6006",
        $"NuGet refuses the base model's package '{ForeignText.Clean(id)}': {ForeignText.Clean(detail, 400)} Correct BaseModelPackageId or BaseModelLicenseExpression.",
        new SourceLocation(project)), inner);
}
