using System.Collections;
using System.Collections.ObjectModel;
using Microsoft.Build.Framework;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks;

/// <summary>From MSBuild's items to the pipeline's records.</summary>
internal static class ItemConversion
{
    public static Dictionary<string, string> Settings(ITaskItem[] items)
    {
        var settings = new Dictionary<string, string>(items.Length, StringComparer.Ordinal);
        foreach (ITaskItem item in items)
        {
            settings[item.ItemSpec] = item.GetMetadata(Names.Value);
        }

        return settings;
    }

    /// <summary>Runs for every data file in every build, so what is asked of MSBuild and allocated per item is kept down.</summary>
    public static ProjectItem[] Items(string type, ITaskItem[] items, string projectDirectory)
    {
        var converted = new ProjectItem[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            string include = items[i].ItemSpec;
            converted[i] = new ProjectItem(type, include, type == Names.EvalGate ? "" : FullPath(include, projectDirectory), Metadata(items[i]));
        }

        return converted;
    }

    /// <summary>What a glob found below the project needs no normalising, which would cost more than the look at the file.</summary>
    private static string FullPath(string include, string projectDirectory)
        => Path.DirectorySeparatorChar == '/' && include.Length > 0 && include[0] is not ('/' or '.') && !include.Contains("/.", StringComparison.Ordinal) && !include.Contains("//", StringComparison.Ordinal)
            ? string.Concat(projectDirectory, "/", include)
            : Path.GetFullPath(include, projectDirectory);

    private static IReadOnlyDictionary<string, string> Metadata(ITaskItem item)
    {
        IDictionary custom = item.CloneCustomMetadata();
        if (custom.Count == 0)
        {
            return ReadOnlyDictionary<string, string>.Empty;
        }

        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in custom)
        {
            metadata[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return metadata;
    }
}
