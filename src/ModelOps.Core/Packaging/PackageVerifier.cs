using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>Checks restored model packages against their manifests and adapters against the base models they name.</summary>
public static class PackageVerifier
{
    /// <summary>One restored package.</summary>
    /// <param name="Root">The package's folder.</param>
    public sealed record RestoredPackage(string Root, ModelManifest Manifest);

    /// <summary>Reads and verifies every package; one problem, one diagnostic.</summary>
    /// <param name="roots">Package folders.</param>
    /// <param name="baseIdentity">Computes the identity of a base model folder.</param>
    public static IReadOnlyList<Diagnostic> Verify(IEnumerable<string> roots, Func<string, Digest> baseIdentity)
    {
        var problems = new List<Diagnostic>();
        var packages = new List<RestoredPackage>();
        foreach (string root in roots)
        {
            try
            {
                packages.Add(new RestoredPackage(root, ModelManifest.Read(Path.Combine(root, "model", ModelManifest.FileName))));
            }
            catch (DiagnosticException e)
            {
                problems.Add(e.Diagnostic);
            }
        }

        foreach (RestoredPackage package in packages)
        {
            int before = problems.Count;
            problems.AddRange(CheckFiles(package));
            if (problems.Count == before)
            {
                problems.AddRange(CheckBase(package, packages, baseIdentity));
            }
        }

        return problems;
    }

    private static IEnumerable<Diagnostic> CheckFiles(RestoredPackage package)
    {
        string name = package.Manifest.Id;
        string inside = Path.TrimEndingDirectorySeparator(Path.GetFullPath(package.Root)) + Path.DirectorySeparatorChar;
        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (PackagedFile file in package.Manifest.Files)
        {
            string path = Path.GetFullPath(Path.Combine(package.Root, file.Path));
            listed.Add(path);
            if (!path.StartsWith(inside, StringComparison.Ordinal))
            {
                yield return ConsumeErrors.DamagedFile(name, path, "its path leaves the package");
            }
            else if (!File.Exists(path))
            {
                yield return ConsumeErrors.DamagedFile(name, path, "it is missing");
            }
            else if (new FileInfo(path).Length != file.Size)
            {
                yield return ConsumeErrors.DamagedFile(name, path, $"it has {new FileInfo(path).Length} bytes, the manifest says {file.Size}");
            }
            else if (Digest.OfFile(path).ToString() != file.Digest)
            {
                yield return ConsumeErrors.DamagedFile(name, path, $"its digest is not {file.Digest}");
            }
        }

        string model = Path.Combine(package.Root, "model");
        foreach (string path in Directory.EnumerateFiles(model, "*", SearchOption.AllDirectories).Select(Path.GetFullPath).Order(StringComparer.Ordinal))
        {
            if (!listed.Contains(path) && Path.GetRelativePath(model, path) != ModelManifest.FileName)
            {
                yield return ConsumeErrors.UnlistedFile(name, path);
            }
        }
    }

    private static IEnumerable<Diagnostic> CheckBase(RestoredPackage package, List<RestoredPackage> all, Func<string, Digest> baseIdentity)
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
            RestoredPackage? found = all.Find(p => p.Manifest.Kind == ModelManifest.BaseKind
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
