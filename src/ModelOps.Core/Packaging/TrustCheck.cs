using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Lineage;
using ModelOps.Core.Signing;

namespace ModelOps.Core.Packaging;

/// <summary>Signatures of a package against its content, and package and signatures against a policy.</summary>
internal static class TrustCheck
{
    private const string Release = "release";

    /// <summary>The signatures, when they belong to the content: <c>MOPS6112</c> where they do not. Says nothing about who signed.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS6112</c></exception>
    public static SignatureBundle Read(string root, string file, ModelManifest manifest, KnownDigests known)
    {
        try
        {
            var bundle = SignatureBundle.Parse(File.ReadAllBytes(file));
            return Problem(root, bundle, manifest, known) is { } problem ? throw new FormatException(problem) : bundle;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(TrustErrors.BadSignatureFile(manifest.Id, file, e.Message), e);
        }
    }

    /// <summary>What the policy refuses of a package that is verified: its files are as its manifest says, and its signatures belong to them.</summary>
    public static IEnumerable<Diagnostic> Check(string root, ModelManifest manifest, SignatureBundle signatures, string signatureFile, TrustPolicy policy)
    {
        string path = Path.Combine(root, "model", ModelManifest.FileName);
        bool isBase = manifest.Kind == ModelManifest.BaseKind;

        // A base model has no training and no gates of its own; its identity and its files are what there is to vouch for.
        foreach (string name in isBase ? [Release] : policy.RequiredStatements.Prepend(Release).Distinct())
        {
            if (CheckSignature(manifest, signatures, name, signatureFile, policy, root) is { } problem)
            {
                yield return problem;
            }
        }

        if (!isBase && !policy.RequiredVerdicts.Contains(manifest.Verdict ?? "none"))
        {
            yield return TrustErrors.VerdictRefused(manifest.Id, manifest.Verdict ?? "none", policy.RequiredVerdicts, path);
        }

        if (RefusedLicense(root, manifest, policy) is { } refused)
        {
            yield return refused;
        }

        string[] names = [manifest.BaseDigest, isBase ? manifest.Id : manifest.Base?.Id ?? manifest.BaseDigest];
        if (policy.AllowedBases is { } bases && !names.Any(name => bases.Contains(name, StringComparer.OrdinalIgnoreCase)))
        {
            yield return TrustErrors.BaseRefused(manifest.Id, $"{names[1]} ({names[0]})", path);
        }
    }

    /// <summary>Null where the policy allows the licence, or says nothing of licences.</summary>
    public static Diagnostic? RefusedLicense(string root, ModelManifest manifest, TrustPolicy policy)
        => policy.AllowedLicenses is { } licenses && !IsAllowed(root, manifest.License ?? "", licenses)
            ? TrustErrors.LicenseRefused(manifest.Id, manifest.License ?? "none", Path.Combine(root, "model", ModelManifest.FileName)) : null;

    private static string? Problem(string root, SignatureBundle bundle, ModelManifest manifest, KnownDigests known)
    {
        foreach (SignedStatement signed in bundle.Statements)
        {
            string? problem = signed.Statement.PredicateType == ReleaseStatement.PredicateType
                ? ReleaseProblem(root, signed.Statement, manifest, known)
                : PackageEvidence.Statements.Any(file => IsFile(Path.Combine(root, file), signed.Envelope.Payload)) ? null : $"a signed statement ({signed.Statement.PredicateType}) is none of the package's";
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? ReleaseProblem(string root, Statement release, ModelManifest manifest, KnownDigests known)
    {
        string url = ReleaseStatement.PackageUrl(new PackageIdentity(manifest.Id, manifest.Version));
        if (ReleaseStatement.PackageUrlOf(release) != url)
        {
            return $"they are of another package than {url}";
        }

        Dictionary<string, string> said = release.Subjects.GroupBy(s => s.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().Digest.ToString(), StringComparer.Ordinal);
        foreach (StatementSubject file in PackagedContent.Describe(root, known))
        {
            if (!said.Remove(file.Name, out string? digest) || digest != file.Digest.ToString())
            {
                return $"'{file.Name}' is {(digest is null ? "not among the signed files" : "not the file that was signed")}";
            }
        }

        return said.Count == 0 ? null : $"'{said.Keys.First()}' was signed and is missing";
    }

    private static bool IsFile(string path, byte[] payload)
        => File.Exists(path) && new FileInfo(path).Length == payload.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(payload);

    private static Diagnostic? CheckSignature(ModelManifest manifest, SignatureBundle signatures, string name, string file, TrustPolicy policy, string root)
    {
        string type = TrustPolicy.PredicateTypeOf(name);
        SignedStatement? signed = signatures.Statements.FirstOrDefault(s => s.Statement.PredicateType == type);
        string? forged = null;
        foreach (EnvelopeSignature signature in signed?.Envelope.Signatures ?? [])
        {
            if (policy.Keys.TryGetValue(signature.Keyid, out SigningKey? key))
            {
                if (signed!.Envelope.IsBy(key, signature))
                {
                    return null;
                }

                forged = signature.Keyid;
            }
        }

        return forged is not null ? TrustErrors.Forged(manifest.Id, name, forged, file) : TrustErrors.NotTrusted(manifest.Id, name, root);
    }

    /// <summary>By name, as an SPDX expression of allowed identifiers, or as a file of the package with an allowed digest.</summary>
    private static bool IsAllowed(string root, string license, IReadOnlyList<string> allowed)
    {
        string path = Path.GetFullPath(Path.Combine(root, license));
        return SpdxExpression.TryParse(license) is { } expression && expression.IsSatisfiedBy(name => allowed.Contains(name, StringComparer.OrdinalIgnoreCase))
            || (path.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)) + Path.DirectorySeparatorChar, StringComparison.Ordinal) && File.Exists(path) && allowed.Contains(Digest.OfFile(path).ToString()));
    }
}
