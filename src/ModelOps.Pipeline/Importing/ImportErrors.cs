using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Importing;

/// <summary>Models that come from elsewhere: <c>MOPS6125</c> to <c>MOPS6129</c>.</summary>
public static class ImportErrors
{
    public static DiagnosticException BadLicense(string license) => new(Diagnostic.Error("MOPS6125",
        $"'{ForeignText.Clean(license, 100)}' is no licence expression that NuGet takes. Expected SPDX identifiers such as Apache-2.0, joined by AND and OR."));

    public static DiagnosticException NoLicense(string folder, string? card) => new(Diagnostic.Error("MOPS6126",
        $"Nothing says under which licence the model may be passed on: the folder has no LICENSE file, and {(card is null ? "README.md names no licence" : $"'{ForeignText.Clean(card, 60)}' in README.md is no SPDX licence")}. "
        + "Put the licence that the model came with beside it as LICENSE, or name it with --license.", new SourceLocation(folder)));

    public static DiagnosticException NotWhole(string file, string detail, Exception? inner = null) => new(Diagnostic.Error("MOPS6127",
        $"The model is not whole: {ForeignText.Clean(detail, 300)}. A download was probably cut off; download the file again.", new SourceLocation(file)), inner);

    public static DiagnosticException VersionTaken(string version, string package) => new(Diagnostic.Error("MOPS6128",
        $"The file holds another model, or the same with another card or licence, under version {version}; whoever has restored that would never see this one. Import under a higher --version, or delete the file.",
        new SourceLocation(package)));

    public static DiagnosticException BadIdentity(string option, string value, string expected) => new(Diagnostic.Error("MOPS6129",
        $"{option} is '{ForeignText.Clean(value, 100)}'; expected {expected}."));
}
