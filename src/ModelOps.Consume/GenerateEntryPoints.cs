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
        IEnumerable<ModelManifest> manifests = Restored.Select(package => ModelManifest.Read(Path.Combine(package.Root, "model", ModelManifest.FileName)));
        string source = EntryPointSource.Write(Namespace, manifests.Where(manifest => manifest.Kind != ModelManifest.BaseKind));
        Directory.CreateDirectory(Path.GetDirectoryName(OutputFile)!);
        File.WriteAllText(OutputFile, source);
    }
}
