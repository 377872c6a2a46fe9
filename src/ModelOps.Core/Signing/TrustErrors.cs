using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Signing;

/// <summary>Evidence, signatures and trust: <c>MOPS6100</c>, <c>MOPS6110</c> to <c>MOPS6119</c>.</summary>
public static class TrustErrors
{
    private const string Forgery = "MOPS6113";

    public static Diagnostic BadKey(string what, string detail) => Diagnostic.Error("MOPS6100",
        $"This is no usable key: {ForeignText.Clean(detail, 300)} Expected an ECDSA key on P-256 or P-384 as PEM, not encrypted; 'openssl ecparam -name prime256v1 -genkey -noout' makes one.",
        new SourceLocation(what));

    public static Diagnostic DamagedEvidence(string package, string file, string detail) => Diagnostic.Error("MOPS6110",
        $"The evidence of package {ForeignText.Clean(package)} is not as it was packed: {ForeignText.Clean(detail, 300)}. Delete the package's folder in the cache and restore again.",
        new SourceLocation(file));

    public static Diagnostic Contradiction(string package, string file, string detail) => Diagnostic.Error("MOPS6111",
        $"The evidence of package {ForeignText.Clean(package)} contradicts itself: {ForeignText.Clean(detail, 300)}. Somebody changed it after the build; do not use the package, and look who can write to the feed.",
        new SourceLocation(file));

    public static Diagnostic BadSignatureFile(string package, string file, string detail) => Diagnostic.Error("MOPS6112",
        $"The signatures of package {ForeignText.Clean(package)} do not belong to its content: {ForeignText.Clean(detail, 300)}. Content or signatures were changed after signing; restore the package again, or have it signed again.",
        new SourceLocation(file));

    public static Diagnostic Forged(string package, string statement, string key, string file) => Diagnostic.Error("MOPS6113",
        $"A signature on the {ForeignText.Clean(statement)} statement of package {ForeignText.Clean(package)} names the trusted key {ForeignText.Clean(key)[..12]} and is not by it. Somebody changed the signature or the statement; do not use the package.",
        new SourceLocation(file));

    /// <summary>Whether somebody changed a signature, which no mode forgives.</summary>
    public static bool IsForgery(Diagnostic diagnostic) => diagnostic.Code == Forgery;

    public static Diagnostic NotTrusted(string package, string statement, string root) => Diagnostic.Error("MOPS6114",
        $"No trusted key has signed the {statement} statement of package {ForeignText.Clean(package)}, which the trust policy requires. Have its maker sign it ('dotnet modelops sign'), add the maker's public key to trustedKeys, or set ModelOpsTrust=Off.",
        new SourceLocation(root));

    public static Diagnostic VerdictRefused(string package, string verdict, IEnumerable<string> wanted, string file) => Diagnostic.Error("MOPS6115",
        $"The gates' verdict on package {ForeignText.Clean(package)} is '{ForeignText.Clean(verdict)}'; the trust policy asks for {string.Join(" or ", wanted)}. Use a version whose gates passed, or add the verdict to requiredVerdicts.",
        new SourceLocation(file));

    public static Diagnostic LicenseRefused(string package, string license, string file) => Diagnostic.Error("MOPS6116",
        $"The licence of package {ForeignText.Clean(package)} is '{ForeignText.Clean(license)}', which the trust policy does not allow. Add it to allowedLicenses (a licence file by its digest), or use another model.",
        new SourceLocation(file));

    public static Diagnostic BaseRefused(string package, string @base, string file) => Diagnostic.Error("MOPS6117",
        $"Package {ForeignText.Clean(package)} stands on the base model {ForeignText.Clean(@base)}, which the trust policy does not allow. Add its package id or identity to allowedBases, or use another model.",
        new SourceLocation(file));

    public static Diagnostic BadPolicy(SourceLocation at, string detail) => Diagnostic.Error("MOPS6118",
        $"The trust policy cannot be used: {ForeignText.Clean(detail, 300)}. docs/formats/trust-policy.md describes the file.", at);

    public static Diagnostic BadTrust(string value, string detail, string project) => Diagnostic.Error("MOPS6119",
        $"ModelOpsTrust is '{ForeignText.Clean(value, 60)}': {detail}. Expected Require, Warn or Off, and for the first two a policy ({TrustPolicy.FileName} beside the project or above it, or ModelOpsTrustPolicy).",
        new SourceLocation(project));
}
