using System.Text.Json;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Cli.Projects;

/// <summary>What MSBuild prints of an evaluated project.</summary>
internal sealed record ProjectValues(IReadOnlyDictionary<string, string> Properties, IReadOnlyDictionary<string, IReadOnlyList<ProjectItem>> Items)
{
    private const string Identity = nameof(Identity), FullPath = nameof(FullPath);

    // What MSBuild knows of every item, besides what its author wrote.
    private static readonly HashSet<string> s_wellKnown = new(StringComparer.OrdinalIgnoreCase)
    {
        Identity, FullPath, "RootDir", "Filename", "Extension", "RelativeDir", "Directory", "RecursiveDir", "ModifiedTime", "CreatedTime", "AccessedTime", "DefiningProjectFullPath", "DefiningProjectDirectory",
        "DefiningProjectName", "DefiningProjectExtension",
    };

    public static ProjectValues Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        return new ProjectValues(
            Members(root, "Properties").ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal),
            Members(root, "Items").ToDictionary(i => i.Name, i => (IReadOnlyList<ProjectItem>)[.. i.Value.EnumerateArray().Select(item => ItemOf(i.Name, item))], StringComparer.Ordinal));
    }

    private static IEnumerable<JsonProperty> Members(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement members) ? members.EnumerateObject() : [];

    private static ProjectItem ItemOf(string type, JsonElement item) => new(
        type, item.GetProperty(Identity).GetString()!, item.TryGetProperty(FullPath, out JsonElement path) ? path.GetString()! : "",
        item.EnumerateObject().Where(m => !s_wellKnown.Contains(m.Name)).ToDictionary(m => m.Name, m => m.Value.GetString()!, StringComparer.OrdinalIgnoreCase));
}
