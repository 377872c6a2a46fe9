using ModelOps.Core.Packaging;

namespace ModelOps.Pipeline.Packages;

/// <summary>The packages with the parts of a fragmented one: beside it, or in the package cache. Those that are archives are unpacked as long as this object lives.</summary>
internal sealed class FragmentSource(ModelPackage of) : IDisposable
{
    private readonly Dictionary<string, string?> _folders = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _unpacked = [];

    /// <summary>Null when the package is not at hand.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS6102</c> to <c>MOPS6105</c>: the archive is refused.</exception>
    public string? FolderOf(string id)
    {
        if (!_folders.TryGetValue(id, out string? folder))
        {
            string? found = PackageNeighbours.Find(of, new PackageIdentity(id, of.Manifest.Version), Directory.Exists);
            _folders[id] = folder = File.Exists(found) ? Unpack(found) : found;
        }

        return folder;
    }

    public void Dispose() => _unpacked.ForEach(folder => Directory.Delete(folder, recursive: true));

    private string Unpack(string path)
    {
        using var archive = PackageArchive.Open(path);
        string folder = Directory.CreateTempSubdirectory("modelops-").FullName;
        _unpacked.Add(folder);
        archive.Extract(folder);
        return folder;
    }
}
