using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Tests;

/// <summary>A project's properties as Sdk.props has them by default.</summary>
internal static class TestInputs
{
    private static readonly Dictionary<string, string> s_defaults = new(StringComparer.Ordinal)
    {
        [Names.BaseModel] = "base",
        [Names.Trainer] = "engine",
        [Names.SlurmTrainer] = "engine",
        [Names.TorchDevice] = "auto",
        [Names.FineTuneMethod] = "lora",
        [Names.QuantizationType] = "nf4",
        [Names.DpoBeta] = "0.1",
        [Names.DpoLabelSmoothing] = "0",
        [Names.EvaluationSteps] = "0",
        [Names.EarlyStoppingPatience] = "0",
        [Names.EarlyStoppingThreshold] = "0",
        [Names.LoadBestModelAtEnd] = "false",
        [Names.LoraRank] = "16",
        [Names.LoraAlpha] = "32",
        [Names.LoraDropout] = "0",
        [Names.LoraTargetModules] = "q_proj;v_proj",
        [Names.UseRsLora] = "false",
        [Names.LearningRate] = "1e-3",
        [Names.LearningRateSchedule] = "cosine",
        [Names.WarmupRatio] = "0.05",
        [Names.Epochs] = "3",
        [Names.MaxSteps] = "0",
        [Names.BatchSize] = "16",
        [Names.GradientAccumulationSteps] = "1",
        [Names.MaxGradNorm] = "1",
        [Names.WeightDecay] = "0",
        [Names.Seed] = "42",
        [Names.MaxSequenceLength] = "512",
        [Names.PreserveDataOrder] = "false",
        [Names.MaxNewTokens] = "128",
        [Names.RepetitionPenalty] = "1",
        [Names.Temperature] = "0",
        [Names.TopK] = "0",
        [Names.TopP] = "1",
        [Names.Repeats] = "1",
        [Names.ModelOpsGates] = "true",
        [Names.ModelOpsForce] = "false",
    };

    public static ProjectInputs Of(string projectFile, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>(s_defaults, StringComparer.Ordinal);
        foreach ((string name, string value) in settings)
        {
            all[name] = value;
        }

        return new ProjectInputs { ProjectFile = projectFile, Settings = all };
    }

    public static ProjectItem Data(string path) => new(Names.TrainingData, path, path, new Dictionary<string, string>());
}
