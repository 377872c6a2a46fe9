using ModelOps.Core.Packaging;

namespace ModelOps.Serve;

/// <summary>Finds the model folder of a package: in a folder, in a <c>.nupkg</c>, or by id among the restored packages.</summary>
/// <param name="packages">NuGet's folder of restored packages.</param>
/// <param name="archives">Opens <c>.nupkg</c> files.</param>
internal sealed class PackageLocator(string packages, ArchiveFolder archives)
{
    private readonly List<string> _beside = [];

    /// <summary>The folder that holds the package's <c>modelops.json</c>.</summary>
    public string Find(string argument)
    {
        if (argument.EndsWith(".nupkg", StringComparison.OrdinalIgnoreCase))
        {
            if (!File.Exists(argument))
            {
                throw ServeErrors.NoSuchPackage(argument, packages);
            }

            _beside.Add(Path.GetDirectoryName(Path.GetFullPath(argument))!);
            return archives.Extract(Path.GetFullPath(argument));
        }

        return ModelFolder(argument) ?? ById(argument) ?? throw ServeErrors.NoSuchPackage(argument, packages);
    }

    /// <summary>A base model by exact version; null where it is nowhere.</summary>
    public string? FindBase(PackageIdentity identity)
    {
        string? archive = _beside.Select(folder => Path.Combine(folder, $"{identity.Id}.{identity.Version}.nupkg")).FirstOrDefault(File.Exists);
        return archive is not null ? archives.Extract(archive) : ModelFolder(Path.Combine(Folder(identity.Id), identity.Version.ToLowerInvariant()));
    }

    /// <summary>An app's <c>models/&lt;id&gt;</c> and NuGet's <c>&lt;id&gt;/&lt;version&gt;</c> alike.</summary>
    private static string? ModelFolder(string folder)
    {
        string? found = new[] { folder, Path.Combine(folder, "model") }.FirstOrDefault(f => File.Exists(Path.Combine(f, ModelManifest.FileName)));
        if (found is not null && found != folder && FragmentJoin.IsWanted(folder))
        {
            var manifest = ModelManifest.Read(Path.Combine(found, ModelManifest.FileName));
            FragmentJoin.Run(folder, manifest, FragmentJoin.Beside(folder, manifest));
        }

        return found;
    }

    private string? ById(string argument)
    {
        (string id, string? version) = argument.Split('@', 2) is [var name, var exact] ? (name, exact) : (argument, null);
        if (id.Length == 0 || !id.All(IsIdCharacter) || version?.All(c => IsIdCharacter(c) || c == '+') == false || !Directory.Exists(Folder(id)))
        {
            return null;
        }

        return version is not null
            ? ModelFolder(Path.Combine(Folder(id), version.ToLowerInvariant()))
            : Directory.EnumerateDirectories(Folder(id)).Where(folder => ModelFolder(folder) is not null)
                .MaxBy(folder => VersionOrder.Of(Path.GetFileName(folder))) is { } newest ? ModelFolder(newest) : null;
    }

    private static bool IsIdCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_';

    private string Folder(string id) => Path.Combine(packages, id.ToLowerInvariant());
}
