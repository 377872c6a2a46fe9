using System.Collections;
using System.Collections.ObjectModel;
using Microsoft.Build.Framework;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks;

/// <summary>From MSBuild's items to the pipeline's records.</summary>
internal static class ItemConversion
{
    /// <summary>Properties of another project that decide how its model answers, and whether it is a whole one.</summary>
    private static readonly string[] s_answering = [Names.FineTuneMethod, Names.MaxNewTokens, Names.RepetitionPenalty, Names.AnswerSchema];

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
            converted[i] = new ProjectItem(type, include, Names.NoFiles.Contains(type) ? "" : FullPath(include, projectDirectory), Metadata(items[i]));
        }

        return converted;
    }

    /// <summary>Files of prompts for one project are asked together; the rows of projects of one name are kept apart.</summary>
    public static ModelReference[] References(ITaskItem[] items, string projectDirectory)
    {
        var references = new List<ModelReference>();
        foreach (ITaskItem item in items)
        {
            string[] prompts = [.. Words(item, Names.Prompts).Select(p => Path.GetFullPath(p, projectDirectory))];
            string use = item.GetMetadata(Names.ModelOpsUse);
            if (references.FindIndex(r => r.ProjectFile == item.ItemSpec && r.Use == use) is var at and >= 0)
            {
                references[at] = references[at] with { Prompts = [.. references[at].Prompts, .. prompts] };
                continue;
            }

            var reference = new ModelReference
            {
                Use = use,
                ProjectFile = item.ItemSpec,
                Directory = Path.TrimEndingDirectorySeparator(item.GetMetadata("ModelOpsDirectory")),
                BaseModelDirectory = Path.TrimEndingDirectorySeparator(item.GetMetadata("BaseModelDirectory")),
                Settings = s_answering.ToDictionary(name => name, item.GetMetadata, StringComparer.Ordinal),
                Prompts = prompts,
                Unsigned = item.GetMetadata("Unsigned"),
                Changes = PropertyNames.IsTrue(item.GetMetadata("Changes")),
                Output = "",
            };
            int same = references.Count(r => r.Name == reference.Name && r.IsTrainingData);
            string resolved = item.GetMetadata("Resolved");
            references.Add(reference with
            {
                Output = reference.IsTrainingData ? Path.Combine(resolved, "rows", $"{reference.Name}{(same == 0 ? "" : $"-{same + 1}")}.jsonl") : Path.Combine(resolved, "base"),
            });
        }

        return [.. references];
    }

    /// <summary>What Resolve makes of other models, as if the project had named it.</summary>
    public static ProjectInputs WithResolved(ProjectInputs inputs)
    {
        var settings = new Dictionary<string, string>(inputs.Settings, StringComparer.Ordinal);
        if (inputs.References.FirstOrDefault(r => r.IsBaseModel) is { } model && inputs.Setting(Names.BaseModel).Length == 0)
        {
            settings[Names.BaseModel] = model.Output;
        }

        IEnumerable<ProjectItem> rows = inputs.References.Where(r => r.IsTrainingData)
            .Select(r => new ProjectItem(Names.TrainingData, Path.GetRelativePath(inputs.ProjectDirectory, r.Output), r.Output, ReadOnlyDictionary<string, string>.Empty));
        return inputs with { Settings = settings, TrainingData = [.. inputs.TrainingData, .. rows] };
    }

    private static string[] Words(ITaskItem item, string metadata)
        => item.GetMetadata(metadata).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

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
            if ((string)entry.Key != Names.ItemType)
            {
                metadata[(string)entry.Key] = (string?)entry.Value ?? "";
            }
        }

        return metadata;
    }
}
