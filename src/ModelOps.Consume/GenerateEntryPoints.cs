using Microsoft.Build.Framework;
using ModelOps.Consume.EntryPoints;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume;

/// <summary>Writes one C# file with a static class per model package.</summary>
[MSBuildMultiThreadableTask]
public sealed class GenerateEntryPoints : ConsumeTask
{
    [Required]
    public string Namespace { get; set; } = "";

    /// <summary>Absolute.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    protected override void ExecuteCore()
    {
        HashSet<string> beside = [.. Packages.Where(p => p.GetMetadata("Folder").Length > 0).Select(p => Path.GetFullPath(p.GetMetadata("Root")))];
        string source = EntryPointSource.Write(
            Namespace, Models(package => !beside.Contains(package.Root)).Select(model => model.Manifest),
            Models(package => beside.Contains(package.Root)).Select(model => (model.Manifest, Packages.First(p => Path.GetFullPath(p.GetMetadata("Root")) == model.Package.Root).GetMetadata("Folder"))));
        Directory.CreateDirectory(Path.GetDirectoryName(OutputFile)!);
        File.WriteAllText(OutputFile, source);
    }

    private IEnumerable<(RestoredPackage Package, ModelManifest Manifest)> Models(Func<RestoredPackage, bool> which) => Restored.Where(which)
        .Select(package => (Package: package, Manifest: ModelManifest.Read(Path.Combine(package.Root, "model", ModelManifest.FileName))))
        .Where(model => model.Manifest.Kind != ModelManifest.BaseKind);
}
