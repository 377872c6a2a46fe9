using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Pipeline.Packaging;

/// <summary>The dependencies of a model package, in the form in which the SDK's Pack target reads them: a <c>project.assets.json</c> of our own.</summary>
/// <remarks>Pack takes dependencies from the restored project alone, and the base model's package does not exist when the project is restored
/// (<c>docs/decisions/0002-pack-dependencies.md</c>).</remarks>
internal static class PackAssets
{
    public const string FileName = "project.assets.json";

    /// <param name="folder">Where the file goes.</param>
    /// <param name="framework">The project's target framework, for example <c>net8.0</c>.</param>
    /// <param name="dependencies">Package ids with NuGet version ranges, for example <c>[1.0.0]</c>.</param>
    public static void Write(string folder, string framework, IEnumerable<(string Id, string Range)> dependencies)
    {
        var entries = new JsonObject();
        foreach ((string id, string range) in dependencies)
        {
            entries[id] = new JsonObject { ["target"] = "Package", ["version"] = range, ["suppressParent"] = "None" };
        }

        var assets = new JsonObject
        {
            ["version"] = 3,
            ["targets"] = new JsonObject { [framework] = new JsonObject() },
            ["libraries"] = new JsonObject(),
            ["projectFileDependencyGroups"] = new JsonObject { [framework] = new JsonArray() },
            ["packageFolders"] = new JsonObject(),
            ["project"] = new JsonObject
            {
                ["version"] = "1.0.0",
                ["restore"] = new JsonObject
                {
                    ["projectName"] = "model",
                    ["projectStyle"] = "PackageReference",
                    ["originalTargetFrameworks"] = new JsonArray(framework),
                    ["frameworks"] = new JsonObject { [framework] = new JsonObject { ["targetAlias"] = framework } },
                },
                ["frameworks"] = new JsonObject { [framework] = new JsonObject { ["targetAlias"] = framework, ["dependencies"] = entries } },
            },
        };

        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, FileName), assets.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }
}
