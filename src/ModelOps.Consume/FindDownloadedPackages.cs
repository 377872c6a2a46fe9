using System.Globalization;
using System.Xml;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume;

/// <summary>Finds model packages among those that a project downloads without referring to them: further versions beside the one that NuGet resolves.</summary>
[MSBuildMultiThreadableTask]
public sealed class FindDownloadedPackages : ConsumeTask
{
    /// <summary>The items <c>PackageDownload</c>; those that hold no model are passed over.</summary>
    [Required]
    public ITaskItem[] Downloads { get; set; } = [];

    /// <summary>NuGet's folder of restored packages.</summary>
    public string PackageRoot { get; set; } = "";

    /// <summary>The packages, as referenced ones describe themselves, with <c>Folder</c>, the name of their folder below <c>models/</c>.</summary>
    [Output]
    public ITaskItem[] Found { get; set; } = [];

    /// <summary>Their files, with <c>Link</c>.</summary>
    [Output]
    public ITaskItem[] Files { get; set; } = [];

    protected override void ExecuteCore()
    {
        var known = Restored.Select(package => Path.TrimEndingDirectorySeparator(package.Root)).ToHashSet(StringComparer.Ordinal);
        var found = new List<ITaskItem>();
        var files = new List<ITaskItem>();
        foreach (ITaskItem download in Downloads)
        {
            foreach (string version in Versions(download.GetMetadata("Version")))
            {
                string root = Path.Combine(PackageRoot, download.ItemSpec.ToLowerInvariant(), version.ToLowerInvariant());
                if (File.Exists(Path.Combine(root, "model", ModelManifest.FileName)) && known.Add(root))
                {
                    Add(download.ItemSpec, version, root, found, files);
                }
            }
        }

        (Found, Files) = ([.. found], [.. files]);
    }

    private static void Add(string id, string version, string root, List<ITaskItem> found, List<ITaskItem> files)
    {
        string manifestFile = Path.Combine(root, "model", ModelManifest.FileName), folder = $"{id}@{version}";
        var manifest = ModelManifest.Read(manifestFile);
        found.Add(new TaskItem(id, new Dictionary<string, string>
        {
            ["Version"] = version, ["Kind"] = manifest.Kind, ["Root"] = root + Path.DirectorySeparatorChar, ["ManifestDigest"] = ManifestDigest(root, manifest), ["Folder"] = folder,
        }));

        // By the manifest and not by what is there: weights in parts are joined later in this build.
        foreach (string file in manifest.Files.Select(f => f.Path).Where(f => f.StartsWith("model/", StringComparison.Ordinal)).Append($"model/{ModelManifest.FileName}"))
        {
            files.Add(new TaskItem(Path.Combine(root, file), new Dictionary<string, string> { ["Link"] = $"models/{folder}/{file["model/".Length..]}" }));
        }
    }

    private static string ManifestDigest(string root, ModelManifest manifest)
    {
        string file = Path.Combine(root, "buildTransitive", manifest.Id + ".targets");
        try
        {
            return PackageTargets.ManifestDigest(File.ReadAllBytes(file)) ?? throw new XmlException("it does not name the manifest's digest");
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ConsumeErrors.DamagedFile(manifest.Id, file, ForeignText.Clean(e.Message, 200)), e);
        }
    }

    /// <summary><c>[1.1.0];[1.2.0]</c>, each as NuGet names folders: three numbers, and a fourth that is not 0.</summary>
    private static IEnumerable<string> Versions(string ranges)
    {
        foreach (string range in ranges.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string version = range.Trim('[', ']').Split(',')[0].Trim().Split('+')[0];
            int label = version.IndexOf('-', StringComparison.Ordinal);
            string[] numbers = (label < 0 ? version : version[..label]).Split('.');
            if (numbers.All(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                int[] parts = [.. numbers.Select(n => int.Parse(n, CultureInfo.InvariantCulture)), .. Enumerable.Repeat(0, Math.Max(0, 3 - numbers.Length))];
                yield return string.Join('.', parts is [var a, var b, var c, 0] ? [a, b, c] : parts) + (label < 0 ? "" : version[label..]);
            }
        }
    }
}
