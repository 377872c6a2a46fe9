using Microsoft.Build.Framework;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume;

/// <summary>Writes one C# file with a static class per model package.</summary>
public sealed class GenerateEntryPoints : ConsumeTask
{
    [Required]
    public string Namespace { get; set; } = "";

    [Required]
    public string OutputFile { get; set; } = "";

    protected override void ExecuteCore()
    {
        IEnumerable<ModelManifest> manifests = Roots.Select(root => ModelManifest.Read(Path.Combine(root, "model", ModelManifest.FileName)));
        string source = EntryPointSource.Write(Namespace, manifests.Where(manifest => manifest.Kind != ModelManifest.BaseKind));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(OutputFile))!);
        File.WriteAllText(OutputFile, source);
    }
}
