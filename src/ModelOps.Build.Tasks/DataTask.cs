using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
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

    private protected override ProjectInputs Inputs
    {
        get
        {
            ProjectInputs inputs = base.Inputs;
            ProjectItem[] Items(string type, ITaskItem[] items) => ItemConversion.Items(type, items, inputs.ProjectDirectory);
            ProjectItem[] evaluation = Items(Names.EvalData, EvalData);
            return inputs with
            {
                TrainingData = Items(Names.TrainingData, TrainingData),
                ValidationData = Items(Names.ValidationData, ValidationData),
                EvalData = [.. evaluation.Where(item => !item.IsSealed)],
                SealedData = [.. evaluation.Where(item => item.IsSealed)],
                RegressionData = Items(Names.RegressionData, RegressionData),
                PromptBaselines = Items(Names.PromptBaseline, PromptBaselines),
                Gates = Items(Names.EvalGate, Gates),
            };
        }
    }
}
