using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Signing;

namespace ModelOps.Core.Packaging;

/// <summary>A restored model package.</summary>
/// <param name="Root">Its folder.</param>
/// <param name="ManifestDigest">Digest of the manifest as the package's own <c>buildTransitive</c> file names it; null when nobody vouches for it.</param>
/// <param name="Signatures">A file with detached signatures; null: those inside the package, if any.</param>
/// <param name="IsOwn">Made in this repository by the same build: nobody else has to vouch for it.</param>
public sealed record RestoredPackage(string Root, string? ManifestDigest = null, string? Signatures = null, bool IsOwn = false)
{
    /// <summary>Folders of the packages with its fragments, by id; null: they lie where restore puts them.</summary>
    public Func<string, string?>? FragmentFolder { get; init; }
}

/// <summary>Whom a consumer trusts, and what happens when a package is by somebody else.</summary>
/// <param name="Policy">Null only where <paramref name="Mode"/> is <see cref="TrustMode.Off"/>.</param>
public sealed record PackageTrust(TrustMode Mode, TrustPolicy? Policy)
{
    public static PackageTrust None { get; } = new(TrustMode.Off, null);
}

/// <summary>Checks restored model packages: files against manifests, documents against each other, signatures against content, adapters against the base models
/// they name, and all of it against a trust policy.</summary>
public static class PackageVerifier
{
    /// <summary>Folders of which the manifest lists every file.</summary>
    private static readonly string[] s_listedFolders = ["model", "lineage", "report"];

    private sealed record Opened(RestoredPackage Package, ModelManifest Manifest)
    {
        public string Root => Package.Root;

        public string SignatureFile => Package.Signatures ?? Path.Combine(Root, SignatureBundle.Path);
    }

    /// <summary>Reads and verifies every package; one problem, one diagnostic.</summary>
    /// <param name="baseIdentity">Computes the identity of a base model folder; null: nobody asks about base models.</param>
    /// <param name="known">What need not be read once more; null: every file is read.</param>
    public static IReadOnlyList<Diagnostic> Verify(
        IEnumerable<RestoredPackage> packages, Func<string, Digest>? baseIdentity, PackageTrust? trust = null, KnownDigests? known = null)
    {
        known ??= KnownDigests.None();
        var problems = new List<Diagnostic>();
        var opened = new List<Opened>();
        foreach (RestoredPackage package in packages)
        {
            try
            {
                opened.Add(Open(package, known));
            }
            catch (DiagnosticException e)
            {
                problems.Add(e.Diagnostic);
            }
        }

        foreach (Opened package in opened)
        {
            // What is wrong with a file says everything; whatever is built on it need not be said as well.
            int before = problems.Count;
            if (!package.Package.IsOwn && package.Manifest.Fragments is not null)
            {
                problems.AddRange(FragmentJoin.Check(package.Manifest, package.Package.FragmentFolder ?? FragmentJoin.Beside(package.Root, package.Manifest), known));
            }

            problems.AddRange(CheckFiles(package, known));
            if (problems.Count == before)
            {
                problems.AddRange(PackageEvidence.Check(package.Root, package.Manifest));
            }

            if (problems.Count == before)
            {
                problems.AddRange(baseIdentity is null ? [] : CheckBase(package, opened, baseIdentity));
                problems.AddRange(CheckSignatures(package, package.Package.IsOwn ? PackageTrust.None : trust ?? PackageTrust.None, known));
            }
        }

        return problems;
    }

    private static Opened Open(RestoredPackage package, KnownDigests known)
    {
        string path = Path.Combine(package.Root, "model", ModelManifest.FileName);
        ModelManifest manifest = ModelManifest.Read(path);
        return package.ManifestDigest is { } expected && !known.Is(path, expected)
            ? throw new DiagnosticException(ConsumeErrors.DamagedFile(manifest.Id, path, $"its own digest is not {expected}, which the package's targets name"))
            : new Opened(package, manifest);
    }

    private static IEnumerable<Diagnostic> CheckFiles(Opened package, KnownDigests known)
    {
        string name = package.Manifest.Id;
        string inside = Path.TrimEndingDirectorySeparator(Path.GetFullPath(package.Root)) + Path.DirectorySeparatorChar;
        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (PackagedFile file in package.Manifest.Files)
        {
            string path = Path.GetFullPath(Path.Combine(package.Root, file.Path));
            listed.Add(path);
            string? damage = path.StartsWith(inside, StringComparison.Ordinal) ? Damage(path, file, known) : "its path leaves the package";
            if (damage is not null)
            {
                yield return file.Path.StartsWith("lineage/", StringComparison.Ordinal) ? TrustErrors.DamagedEvidence(name, path, damage) : ConsumeErrors.DamagedFile(name, path, damage);
            }
        }

        listed.Add(Path.GetFullPath(Path.Combine(package.Root, "model", ModelManifest.FileName)));
        foreach (string folder in s_listedFolders.Select(f => Path.GetFullPath(Path.Combine(package.Root, f))).Where(Directory.Exists))
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where(p => !listed.Contains(p)))
            {
                yield return ConsumeErrors.UnlistedFile(name, path);
            }
        }
    }

    /// <summary>What the signatures say, and what a policy makes of it.</summary>
    private static IEnumerable<Diagnostic> CheckSignatures(Opened package, PackageTrust trust, KnownDigests known)
    {
        SignatureBundle signatures = SignatureBundle.Empty;
        Diagnostic? broken = null;
        if (File.Exists(package.SignatureFile))
        {
            try
            {
                signatures = TrustCheck.Read(package.Root, package.SignatureFile, package.Manifest, known);
            }
            catch (DiagnosticException e)
            {
                broken = e.Diagnostic;
            }
        }

        // A forgery is no matter of taste; the rest is a warning for those who only want to hear of it.
        return broken is not null ? [broken]
            : trust is { Mode: not TrustMode.Off, Policy: { } policy }
                ? TrustCheck.Check(package.Root, package.Manifest, signatures, package.SignatureFile, policy)
                    .Select(d => trust.Mode == TrustMode.Warn && !TrustErrors.IsForgery(d) ? d with { Severity = DiagnosticSeverity.Warning } : d)
                : [];
    }

    /// <summary>What is wrong with the file; null when it is as it was packed.</summary>
    public static string? Damage(string path, PackagedFile file, KnownDigests known)
    {
        try
        {
            var info = new FileInfo(path);
            return !info.Exists ? "it is missing"
                : info.Length != file.Size ? $"it has {info.Length} bytes, the manifest says {file.Size}"
                : !known.Is(path, file.Digest) ? $"its digest is not {file.Digest}" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be read: {ForeignText.Clean(e.Message, 200)}";
        }
    }

    private static IEnumerable<Diagnostic> CheckBase(Opened package, List<Opened> all, Func<string, Digest> baseIdentity)
    {
        ModelManifest manifest = package.Manifest;
        if (manifest.Kind == ModelManifest.BaseKind)
        {
            string actual = baseIdentity(Path.Combine(package.Root, "model")).ToString();
            if (actual != manifest.BaseDigest)
            {
                yield return ConsumeErrors.WrongBase(manifest.Id, new PackageIdentity(manifest.Id, manifest.Version), manifest.BaseDigest, actual);
            }
        }
        else if (manifest.Base is { } wanted)
        {
            // Two versions of an adapter may stand on two of the base.
            Opened? found = all.Where(p => p.Manifest.Kind == ModelManifest.BaseKind && string.Equals(p.Manifest.Id, wanted.Id, StringComparison.OrdinalIgnoreCase))
                .OrderByDescending(p => p.Manifest.BaseDigest == manifest.BaseDigest).FirstOrDefault();
            if (found is null)
            {
                yield return ConsumeErrors.MissingBase(manifest.Id, wanted);
            }
            else if (found.Manifest.BaseDigest != manifest.BaseDigest)
            {
                yield return ConsumeErrors.WrongBase(manifest.Id, wanted, manifest.BaseDigest, found.Manifest.BaseDigest);
            }
        }
    }
}
