using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Pipeline.Resolving;

namespace ModelOps.Pipeline.Configuration;

/// <summary>Nothing disarms silently: names that MSBuild would ignore are errors.</summary>
public static class ProjectLint
{
    public static void Check(ProjectInputs inputs, ProjectXml xml, IStageLog log)
    {
        string[] allowed = PropertyNames.Allowed(inputs);
        foreach ((string name, SourceLocation at) in xml.Properties)
        {
            if (PropertyNames.NearMiss(name, Names.Properties, allowed) is { } meant)
            {
                log.Report(ConfigurationErrors.MisspeltProperty(name, meant, at));
            }
        }

        foreach ((string name, SourceLocation at) in xml.Items)
        {
            if (PropertyNames.NearMiss(name, Names.Items.Keys, allowed) is { } meant)
            {
                log.Report(ConfigurationErrors.MisspeltItem(name, meant, at));
            }
        }

        ReferenceCheck.Lint(xml, allowed, log);

        // The metadata of an EvalGate is the gates' own business.
        foreach (ProjectItem item in DataItems(inputs))
        {
            CheckMetadata(item, xml, log);
        }
    }

    private static void CheckMetadata(ProjectItem item, ProjectXml xml, IStageLog log)
    {
        IReadOnlyList<string> known = Names.Items[item.Type];
        foreach (string name in item.Metadata.Keys.Where(name => name is not (Names.PackageRoot or Names.PreparedFolder) && !known.Contains(name, StringComparer.OrdinalIgnoreCase)))
        {
            log.Report(ConfigurationErrors.UnknownMetadata(
                item.Type, item.Include, name, NearMiss.Of(name, known), known, xml.ItemLocation(item.Type, item.Include, name)));
        }
    }

    private static IEnumerable<ProjectItem> DataItems(ProjectInputs inputs)
        => [.. inputs.TrainingData, .. inputs.ValidationData, .. inputs.EvalData, .. inputs.SealedData, .. inputs.RegressionData, .. inputs.PromptBaselines, .. inputs.SubjectItems];
}
