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

    private protected override ProjectInputs Inputs => base.Inputs with
    {
        TrainingData = ItemConversion.Items(Names.TrainingData, TrainingData),
        ValidationData = ItemConversion.Items(Names.ValidationData, ValidationData),
        EvalData = ItemConversion.Items(Names.EvalData, EvalData),
        RegressionData = ItemConversion.Items(Names.RegressionData, RegressionData),
        PromptBaselines = ItemConversion.Items(Names.PromptBaseline, PromptBaselines),
        Gates = ItemConversion.Items(Names.EvalGate, Gates),
    };
}
