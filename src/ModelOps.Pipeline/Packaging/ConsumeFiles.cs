using System.Xml.Linq;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Packaging;

namespace ModelOps.Pipeline.Packaging;

/// <summary>The <c>buildTransitive</c> file of a model package: it names the package to <c>ModelOps.Consume</c> and copies the model beside the app.</summary>
internal static class ConsumeFiles
{
    /// <summary>Writes <c>buildTransitive/&lt;id&gt;.targets</c> below <paramref name="contentFolder"/>, which holds the manifest already.</summary>
    public static void Write(string contentFolder, string id, string version, string kind)
    {
        var project = new XElement("Project",
            new XElement("ItemGroup",
                new XElement("ModelOpsPackage",
                    new XAttribute("Include", id),
                    new XAttribute("Version", version),
                    new XAttribute("Kind", kind),
                    new XAttribute("ManifestDigest", Digest.OfFile(Path.Combine(contentFolder, "model", ModelManifest.FileName)).ToString()),
                    new XAttribute("Root", "$(MSBuildThisFileDirectory)../"))),
            new XElement("ItemGroup",
                new XAttribute("Condition", "'$(ModelOpsCopyModels)' != 'false'"),
                new XElement("None",
                    new XAttribute("Include", "$(MSBuildThisFileDirectory)../model/**"),
                    new XAttribute("Link", $"models/{id}/%(RecursiveDir)%(Filename)%(Extension)"),
                    new XAttribute("CopyToOutputDirectory", "PreserveNewest"),

                    // A single file that carried weights would unpack them at every start of a new version; they stay beside it.
                    new XAttribute("ExcludeFromSingleFile", "true"),
                    new XAttribute("Pack", "false"),
                    new XAttribute("Visible", "false"))));

        string folder = Path.Combine(contentFolder, "buildTransitive");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, id + ".targets"), project.ToString().ReplaceLineEndings("\n") + "\n");
    }
}
