using System.Xml.Linq;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Packaging;

namespace ModelOps.Pipeline.Packaging;

/// <summary>The <c>buildTransitive</c> file of a model package: it names the package to <c>ModelOps.Consume</c> and copies the model beside the app.</summary>
internal static class ConsumeFiles
{
    private const string Model = "model/";

    /// <summary>Writes <c>buildTransitive/&lt;id&gt;.targets</c> below <paramref name="contentFolder"/>, which holds the manifest already.</summary>
    /// <param name="fragments">Of files that are not in the package; the build of whoever uses it joins them.</param>
    public static void Write(string contentFolder, string id, string version, string kind, IReadOnlyList<PackageFragment>? fragments)
    {
        WriteIndex(contentFolder, version, fragments ?? []);
        string manifest = Path.Combine(contentFolder, "model", ModelManifest.FileName);
        var project = new XElement("Project",
            new XElement("ItemGroup",
                new XElement("ModelOpsPackage",
                    new XAttribute("Include", id),
                    new XAttribute("Version", version),
                    new XAttribute("Kind", kind),
                    new XAttribute("ManifestDigest", Digest.OfFile(manifest).ToString()),
                    new XAttribute("Root", "$(MSBuildThisFileDirectory)../"))),
            new XElement("ItemGroup",
                new XAttribute("Condition", "'$(ModelOpsCopyModels)' != 'false'"),
                Copied(id, ModelManifest.Read(manifest))));

        string folder = Path.Combine(contentFolder, "buildTransitive");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, id + ".targets"), project.ToString().ReplaceLineEndings("\n") + "\n");
    }

    /// <summary>One small file for each that is in parts: a build sees from names alone whether one is still to be joined.</summary>
    private static void WriteIndex(string contentFolder, string version, IReadOnlyList<PackageFragment> fragments)
    {
        foreach (IGrouping<string, PackageFragment> file in fragments.GroupBy(f => f.File, StringComparer.Ordinal))
        {
            string folder = Directory.CreateDirectory(Path.Combine(contentFolder, PackageFragment.Index)).FullName;
            File.WriteAllText(Path.Combine(folder, Path.GetFileName(file.Key)), string.Concat(file.Select(part => $"{part.Package} {version} {part.Path}\n")));
        }
    }

    /// <summary>File by file: a pattern would have every evaluation of every project look through the folder, and would not see files that are still to be joined.</summary>
    private static IEnumerable<XElement> Copied(string id, ModelManifest manifest) => manifest.Files.Select(file => file.Path).Append($"{Model}{ModelManifest.FileName}")
        .Where(path => path.StartsWith(Model, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        .GroupBy(path => path[Model.Length..(path.LastIndexOf('/') + 1)], StringComparer.Ordinal)
        .Select(folder => new XElement("None",
            new XAttribute("Include", string.Join(';', folder.Select(path => $"$(MSBuildThisFileDirectory)../{Escaped(path)}"))),
            new XAttribute("Link", $"models/{id}/{Escaped(folder.Key)}%(Filename)%(Extension)"),
            new XAttribute("CopyToOutputDirectory", "PreserveNewest"),

            // A single file that carried weights would unpack them at every start of a new version; they stay beside it.
            new XAttribute("ExcludeFromSingleFile", "true"),
            new XAttribute("Pack", "false"),
            new XAttribute("Visible", "false")));

    /// <summary>What means something to MSBuild stands for itself.</summary>
    private static string Escaped(string path) => string.Concat(path.Select(c => c is '%' or ';' or '*' or '?' or '$' or '@' or '(' or ')' or '\'' ? $"%{(int)c:X2}" : c.ToString()));
}
