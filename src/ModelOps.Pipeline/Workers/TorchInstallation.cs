using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Workers;

/// <summary>The TorchSharp of a project whose trainer it is.</summary>
public static class TorchInstallation
{
    private const string DeviceVariable = "MODELOPS_TORCH_DEVICE", PathVariable = "MODELOPS_TORCHSHARP";

    /// <summary>Null for another trainer; else device, TorchSharp and libtorch: results depend on all three.</summary>
    internal static string? IdentityOf(ProjectInputs inputs)
        => Uses(inputs) ? $"{TypedSettings.TorchTrainer} {TorchIdentity.NumericsVersion}{(FileOf(inputs) is { } file ? $", {VersionsOf(file)}" : "")}, {Device(inputs)}" : null;

    /// <summary>Of a model trained on TorchSharp, by the fields of its key: on what exactly. Null for every other.</summary>
    public static string? TrainedBy(KeyFields key)
        => key.Has("worker") && key.Value("worker").Trim('"') is var worker && worker.StartsWith(TypedSettings.TorchTrainer + " ", StringComparison.Ordinal) ? worker : null;

    /// <summary>The TorchSharp.dll to be loaded; null where it lies beside a worker of one's own.</summary>
    internal static string? FileOf(ProjectInputs inputs)
        => Uses(inputs) && inputs.Setting(Names.TorchSharpFile) is { Length: > 0 } file ? Path.GetFullPath(file, inputs.ProjectDirectory) : null;

    /// <summary>What the worker must be told beside its request.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentOf(ProjectInputs inputs)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Uses(inputs))
        {
            variables[DeviceVariable] = Device(inputs);
        }

        if (FileOf(inputs) is { } file)
        {
            variables[PathVariable] = file;
        }

        return variables;
    }

    private static bool Uses(ProjectInputs inputs) => inputs.Setting(Names.Trainer).Equals(TypedSettings.TorchTrainer, StringComparison.OrdinalIgnoreCase);

    private static string Device(ProjectInputs inputs) => inputs.Setting(Names.TorchDevice).ToLowerInvariant();

    /// <summary>As the assembly itself says: its version, and a constant that names the libtorch it was made for.</summary>
    private static string VersionsOf(string file)
    {
        try
        {
            using var image = new PEReader(File.OpenRead(file));
            MetadataReader metadata = image.GetMetadataReader();
            string libtorch = metadata.FieldDefinitions.Select(metadata.GetFieldDefinition)
                .Where(f => f.Attributes.HasFlag(FieldAttributes.Literal) && metadata.StringComparer.Equals(f.Name, "libtorchPackageVersion"))
                .Select(f => metadata.GetConstant(f.GetDefaultValue())).Select(c => metadata.GetBlobReader(c.Value).ReadConstant(c.TypeCode)?.ToString()).FirstOrDefault() ?? "unknown";
            return $"TorchSharp {metadata.GetAssemblyDefinition().Version.ToString(3)}, libtorch {libtorch}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException or InvalidOperationException)
        {
            throw WorkerErrors.NoTorchSharp([Path.GetFileName(file)], "");
        }
    }
}
