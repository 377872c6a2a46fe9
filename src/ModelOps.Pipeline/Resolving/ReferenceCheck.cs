using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Resolving;

/// <summary>What can be wrong with references before anything is made of them.</summary>
internal static class ReferenceCheck
{
    private const string Item = "ProjectReference";

    /// <summary>Metadata of a <c>ProjectReference</c> that is ours; MSBuild would ignore a misspelt one.</summary>
    private static readonly string[] s_metadata = [Names.ModelOpsUse, Names.Prompts];

    public static void Run(ProjectInputs inputs, StageReport log)
    {
        ProjectXml xml = ProjectXml.Load(inputs);
        SourceLocation use = xml.ItemLocation(Item, "", Names.ModelOpsUse), prompts = xml.ItemLocation(Item, "", Names.Prompts);
        foreach (ModelReference reference in inputs.References)
        {
            if (reference is { IsBaseModel: false, IsTrainingData: false })
            {
                log.Report(ReferenceErrors.UnknownUse(reference.Use, NearMiss.Of(reference.Use, [ModelReference.BaseModel, ModelReference.TrainingData]), use));
            }
            else if (reference.IsTrainingData && (reference.Prompts.Count == 0 || reference.Prompts.Any(p => !File.Exists(p))))
            {
                string found = reference.Prompts.FirstOrDefault(p => !File.Exists(p)) is { } missing ? $"the file '{missing}' does not exist" : "the reference names none";
                log.Report(ReferenceErrors.NoPrompts(reference.Name, found, prompts));
            }
        }

        ModelReference[] bases = [.. inputs.References.Where(r => r.IsBaseModel)];
        if (bases.Length > 0 && inputs.Setting(Names.BaseModel) != bases[0].Output)
        {
            log.Report(ReferenceErrors.SeveralBases($"the property BaseModel ('{ForeignText.Clean(inputs.Setting(Names.BaseModel))}')", $"the reference to '{bases[0].Name}'", use));
        }
        else if (bases.Length > 1)
        {
            log.Report(ReferenceErrors.SeveralBases($"the reference to '{bases[0].Name}'", $"the one to '{bases[1].Name}'", use));
        }
    }

    /// <summary>Also where no reference is known: its metadata may be what is misspelt.</summary>
    public static void Lint(ProjectXml xml, string[] allowed, IStageLog log)
    {
        foreach ((string name, SourceLocation at) in xml.Metadata(Item))
        {
            if (PropertyNames.NearMiss(name, s_metadata, allowed) is { } meant)
            {
                log.Report(ReferenceErrors.MisspeltMetadata(name, meant, at));
            }
        }
    }
}
