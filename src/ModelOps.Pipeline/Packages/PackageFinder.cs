using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Pipeline.Packages;

/// <summary>The model packages of a place: those that a project restored, or the archives of a folder.</summary>
public static class PackageFinder
{
    /// <summary>Paths that <see cref="ModelPackage.Open"/> takes, sorted by name; packages of other kinds are passed over.</summary>
    /// <param name="place">A folder with <c>.nupkg</c> files, a project file, or a project's folder.</param>
    /// <exception cref="DiagnosticException"><c>MOPS6107</c>: there is nothing of the kind.</exception>
    public static IReadOnlyList<string> Find(string place)
    {
        string folder = File.Exists(place) ? Path.GetDirectoryName(Path.GetFullPath(place))! : Path.GetFullPath(place);
        string assets = Path.Combine(folder, "obj", "project.assets.json");
        return File.Exists(assets) ? [.. Restored(assets).Where(ModelPackage.IsOne).Order(StringComparer.OrdinalIgnoreCase)]
            : Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.nupkg").Where(IsModel).Order(StringComparer.OrdinalIgnoreCase)]
            : throw ArchiveErrors.NoSuchPackage(place);
    }

    private static bool IsModel(string archive)
    {
        try
        {
            using var opened = PackageArchive.Open(archive);
            return opened.Files.Contains($"model/{ModelManifest.FileName}");
        }
        catch (DiagnosticException)
        {
            return false; // Whoever names it by itself is told what is wrong with it.
        }
    }

    // NuGet's list of what a project restored: folders of caches, and below them a path for each package.
    private static IEnumerable<string> Restored(string assets)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(assets));
        string[] caches = [.. json.RootElement.GetProperty("packageFolders").EnumerateObject().Select(f => f.Name)];
        foreach (JsonProperty library in json.RootElement.GetProperty("libraries").EnumerateObject())
        {
            if (library.Value.TryGetProperty("path", out JsonElement path) && library.Value.GetProperty("type").GetString() == "package"
                && caches.Select(cache => Path.Combine(cache, path.GetString()!)).FirstOrDefault(Directory.Exists) is { } folder)
            {
                yield return folder;
            }
        }

        foreach (string folder in Downloaded(json.RootElement, caches))
        {
            yield return folder;
        }
    }

    /// <summary>Packages that the project restores without referring to them: "version": "[1.1.0, 1.1.0]".</summary>
    private static IEnumerable<string> Downloaded(JsonElement assets, string[] caches)
    {
        IEnumerable<JsonElement> downloads = !assets.TryGetProperty("project", out JsonElement project) || !project.TryGetProperty("frameworks", out JsonElement frameworks) ? []
            : frameworks.EnumerateObject().SelectMany(framework => framework.Value.TryGetProperty("downloadDependencies", out JsonElement list) ? list.EnumerateArray() : default);
        return downloads
            .Select(item => Path.Combine(item.GetProperty("name").GetString()!.ToLowerInvariant(), item.GetProperty("version").GetString()!.Trim('[', ']').Split(',')[0].ToLowerInvariant()))
            .Distinct().Select(path => caches.Select(cache => Path.Combine(cache, path)).FirstOrDefault(Directory.Exists)).OfType<string>();
    }
}
