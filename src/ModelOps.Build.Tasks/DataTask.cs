using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks;

/// <summary>A task that sees the project's items.</summary>
public abstract class DataTask : StageTask
{
    public ITaskItem[] TrainingData { get; set; } = [];

    public ITaskItem[] ValidationData { get; set; } = [];

    public ITaskItem[] EvalData { get; set; } = [];

    public ITaskItem[] RegressionData { get; set; } = [];

    public ITaskItem[] PromptBaselines { get; set; } = [];

    public ITaskItem[] Gates { get; set; } = [];

    /// <summary>The items <c>ModelOpsReference</c>: other model projects of which this one uses the model.</summary>
    public ITaskItem[] References { get; set; } = [];

    /// <summary>Whether what Resolve makes of other projects' models, and Prepare of raw sources, is part of the data; before these stages it is not.</summary>
    private protected virtual bool SeesResolved => true;

    /// <summary>Items of several types, each named by its metadata <c>ModelOpsItemType</c>.</summary>
    public ITaskItem[] Subjects { get; set; } = [];

    private protected override ProjectInputs Inputs
    {
        get
        {
            ProjectInputs inputs = Plain;
            inputs = SeesResolved && inputs.References.Count > 0 ? ItemConversion.WithResolved(inputs) : inputs;
            return SeesResolved && inputs.HasSources ? inputs.WithPrepared(new PreparedFiles(Path.TrimEndingDirectorySeparator(inputs.OfType(Names.SourceData).First()[Names.PreparedFolder] ?? ""))) : inputs;
        }
    }

    private ProjectInputs Plain
    {
        get
        {
            ProjectInputs inputs = base.Inputs;
            ProjectItem[] Items(string type, ITaskItem[] items) => ItemConversion.Items(type, items, inputs.ProjectDirectory);
            ProjectItem[] evaluation = Items(Names.EvalData, EvalData);
            return inputs with
            {
                References = References.Length == 0 ? [] : ItemConversion.References(References, inputs.ProjectDirectory),
                TrainingData = Items(Names.TrainingData, TrainingData),
                ValidationData = Items(Names.ValidationData, ValidationData),
                EvalData = [.. evaluation.Where(item => !item.IsSealed)],
                SealedData = [.. evaluation.Where(item => item.IsSealed)],
                RegressionData = Items(Names.RegressionData, RegressionData),
                PromptBaselines = Items(Names.PromptBaseline, PromptBaselines),
                Gates = Items(Names.EvalGate, Gates),
                SubjectItems = Subjects.Length == 0 ? [] : [.. Subjects.GroupBy(item => item.GetMetadata(Names.ItemType)).SelectMany(type => Items(type.Key, [.. type]))],
            };
        }
    }
}
