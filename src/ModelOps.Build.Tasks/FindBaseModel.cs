using Microsoft.Build.Framework;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Resolving;

namespace ModelOps.Build.Tasks;

/// <summary>Says where NuGet restored the base model's package.</summary>
[MSBuildMultiThreadableTask]
public sealed class FindBaseModel : StageTask
{
    /// <summary>The items <c>BaseModelReference</c>.</summary>
    [Required]
    public ITaskItem[] BaseModels { get; set; } = [];

    /// <summary>The items <c>PackageVersion</c>.</summary>
    public ITaskItem[] CentralVersions { get; set; } = [];

    /// <summary>NuGet's folder of restored packages.</summary>
    public string PackageRoot { get; set; } = "";

    [Output]
    public string PackageId { get; set; } = "";

    /// <summary>The package's folder, with a final separator.</summary>
    [Output]
    public string Folder { get; set; } = "";

    private protected override void ExecuteCore()
    {
        ProjectInputs inputs = Inputs;
        var central = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (ITaskItem item in CentralVersions)
        {
            central[item.ItemSpec] = item.GetMetadata(Names.Version);
        }

        (PackageId, string folder) = BasePackage.Find(inputs, ItemConversion.Items(Names.BaseModelReference, BaseModels, inputs.ProjectDirectory), central, PackageRoot);
        Folder = folder + Path.DirectorySeparatorChar;
    }
}
