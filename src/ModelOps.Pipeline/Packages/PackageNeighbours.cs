using ModelOps.Core.Packaging;

namespace ModelOps.Pipeline.Packages;

/// <summary>Finds the package that another one names: beside it, or in the package cache.</summary>
public static class PackageNeighbours
{
    /// <summary>A path that <see cref="ModelPackage.Open"/> takes; null when the package is not at hand.</summary>
    /// <param name="of">The package that names it.</param>
    public static string? Find(ModelPackage of, PackageIdentity wanted) => Find(of, wanted, ModelPackage.IsOne);

    /// <param name="isOne">Whether a folder of the cache is what is looked for.</param>
    internal static string? Find(ModelPackage of, PackageIdentity wanted, Func<string, bool> isOne)
    {
        ArgumentNullException.ThrowIfNull(of);
        string? beside = Path.GetDirectoryName(of.FullPath);
        string file = $"{wanted.Id}.{wanted.Version}.nupkg";
        string? archive = of.IsArchive && beside is not null
            ? Directory.EnumerateFiles(beside, "*.nupkg").FirstOrDefault(path => string.Equals(Path.GetFileName(path), file, StringComparison.OrdinalIgnoreCase)) : null;
        return archive ?? Caches(of).Select(cache => Path.Combine(cache, wanted.Id.ToLowerInvariant(), wanted.Version.ToLowerInvariant())).FirstOrDefault(isOne);
    }

    // A restored package lies in <cache>/<id>/<version>.
    private static IEnumerable<string> Caches(ModelPackage of)
    {
        if (!of.IsArchive && Path.GetDirectoryName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(of.FullPath))) is { } own)
        {
            yield return own;
        }

        yield return Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
    }
}
