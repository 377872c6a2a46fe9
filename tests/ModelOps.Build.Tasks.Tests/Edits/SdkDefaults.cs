using System.Xml.Linq;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>The settings that the SDK hands to the tasks, with its own defaults: read from Sdk.props, so that a new property is in every test at once.</summary>
internal static class SdkDefaults
{
    public static IReadOnlyDictionary<string, string> Settings { get; } = Read();

    private static Dictionary<string, string> Read()
    {
        string sdk = Path.Combine(SourceTree.Root, "src", "ModelOps.Sdk", "Sdk");
        XElement[] props = [.. XDocument.Load(Path.Combine(sdk, "Sdk.props")).Root!.Elements("PropertyGroup").Elements()];
        return XDocument.Load(Path.Combine(sdk, "targets", "ModelOps.Look.targets")).Root!.Elements("ItemGroup").Elements("ModelOpsSetting")
            .Select(item => (string)item.Attribute("Include")!)
            .ToDictionary(name => name, name => props.FirstOrDefault(p => p.Name.LocalName == name)?.Value is { } value && !value.Contains('$') ? value : "", StringComparer.Ordinal);
    }
}
