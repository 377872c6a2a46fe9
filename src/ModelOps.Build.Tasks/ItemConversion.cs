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

    public static ProjectItem[] Items(string type, ITaskItem[] items)
    {
        var converted = new ProjectItem[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            converted[i] = new ProjectItem(type, items[i].ItemSpec, type == Names.EvalGate ? "" : items[i].GetMetadata("FullPath"), Metadata(items[i]));
        }

        return converted;
    }

    private static Dictionary<string, string> Metadata(ITaskItem item)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (System.Collections.DictionaryEntry entry in item.CloneCustomMetadata())
        {
            metadata[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return metadata;
    }
}
