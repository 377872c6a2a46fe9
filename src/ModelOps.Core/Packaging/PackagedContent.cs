using ModelOps.Core.Artifacts;
using ModelOps.Core.Lineage;

namespace ModelOps.Core.Packaging;

/// <summary>Which files of a package are its content, in a package folder or an archive: everything but what NuGet and feeds put around it, and the signatures.</summary>
public static class PackagedContent
{
    /// <param name="path">Relative to the package's root, with forward slashes.</param>
    public static bool Covers(string path) => !path.StartsWith("signatures/", StringComparison.Ordinal) && !IsNuGets(path);

    /// <summary>Every content file with its digest, sorted by path: what a signature vouches for.</summary>
    /// <param name="known">What need not be read once more; null: every file is read.</param>
    public static IReadOnlyList<StatementSubject> Describe(string root, KnownDigests? known = null) =>
        [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(file => (File: file, Path: Path.GetRelativePath(root, file).Replace('\\', '/')))
            .Where(entry => Covers(entry.Path))
            .OrderBy(entry => entry.Path, StringComparer.Ordinal)
            .Select(entry => new StatementSubject(entry.Path, known?.Of(entry.File) ?? Digest.OfFile(entry.File)))];

    // Of an archive: the container's own entries. Of a restored package: what restore leaves beside them.
    private static bool IsNuGets(string path)
        => path is "[Content_Types].xml" or ".signature.p7s" or ".nupkg.metadata"
            || path.StartsWith("_rels/", StringComparison.Ordinal)
            || path.StartsWith("package/", StringComparison.Ordinal)
            || (!path.Contains('/', StringComparison.Ordinal)
                && (path.EndsWith(".nuspec", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nupkg", StringComparison.OrdinalIgnoreCase)
                    || path.EndsWith(".nupkg.sha512", StringComparison.OrdinalIgnoreCase)));
}
