using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>A restored model package.</summary>
/// <param name="Root">Its folder.</param>
/// <param name="ManifestDigest">Digest of the manifest as the package's own <c>buildTransitive</c> file names it; null when nobody vouches for it.</param>
public sealed record RestoredPackage(string Root, string? ManifestDigest = null);

/// <summary>Checks restored model packages against their manifests and adapters against the base models they name.</summary>
public static class PackageVerifier
{
    private sealed record Opened(string Root, ModelManifest Manifest);

    /// <summary>Reads and verifies every package; one problem, one diagnostic.</summary>
    /// <param name="baseIdentity">Computes the identity of a base model folder.</param>
    public static IReadOnlyList<Diagnostic> Verify(IEnumerable<RestoredPackage> packages, Func<string, Digest> baseIdentity)
    {
        var problems = new List<Diagnostic>();
        var opened = new List<Opened>();
        foreach (RestoredPackage package in packages)
        {
            try
            {
                opened.Add(Open(package));
            }
            catch (DiagnosticException e)
            {
                problems.Add(e.Diagnostic);
            }
        }

        foreach (Opened package in opened)
        {
            int before = problems.Count;
            problems.AddRange(CheckFiles(package));
            if (problems.Count == before)
            {
                problems.AddRange(CheckBase(package, opened, baseIdentity));
            }
        }

        return problems;
    }

    private static Opened Open(RestoredPackage package)
    {
        string path = Path.Combine(package.Root, "model", ModelManifest.FileName);
        ModelManifest manifest = ModelManifest.Read(path);
        return package.ManifestDigest is { } expected && Digest.OfFile(path).ToString() != expected
            ? throw new DiagnosticException(ConsumeErrors.DamagedFile(manifest.Id, path, $"its own digest is not {expected}, which the package's targets name"))
            : new Opened(package.Root, manifest);
    }

    private static IEnumerable<Diagnostic> CheckFiles(Opened package)
    {
        string name = package.Manifest.Id;
        string inside = Path.TrimEndingDirectorySeparator(Path.GetFullPath(package.Root)) + Path.DirectorySeparatorChar;
        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (PackagedFile file in package.Manifest.Files)
        {
            string path = Path.GetFullPath(Path.Combine(package.Root, file.Path));
            listed.Add(path);
            string? damage = path.StartsWith(inside, StringComparison.Ordinal) ? Damage(path, file) : "its path leaves the package";
            if (damage is not null)
            {
                yield return ConsumeErrors.DamagedFile(name, path, damage);
            }
        }

        string model = Path.GetFullPath(Path.Combine(package.Root, "model"));
        foreach (string path in Directory.EnumerateFiles(model, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!listed.Contains(path) && Path.GetRelativePath(model, path) != ModelManifest.FileName)
            {
                yield return ConsumeErrors.UnlistedFile(name, path);
            }
        }
    }

    /// <summary>What is wrong with the file; null when it is as it was packed.</summary>
    private static string? Damage(string path, PackagedFile file)
    {
        try
        {
            var info = new FileInfo(path);
            return !info.Exists ? "it is missing"
                : info.Length != file.Size ? $"it has {info.Length} bytes, the manifest says {file.Size}"
                : Digest.OfFile(path).ToString() != file.Digest ? $"its digest is not {file.Digest}" : null;
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
            Opened? found = all.Find(p => p.Manifest.Kind == ModelManifest.BaseKind
                && string.Equals(p.Manifest.Id, wanted.Id, StringComparison.OrdinalIgnoreCase));
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
