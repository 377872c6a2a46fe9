using System.Text;
using ModelOps.Backends.Tools;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Training;

/// <summary>What decides a trained result, and nothing else. Fields carry the properties' names; <c>docs/formats/fingerprint.md</c>.</summary>
public static class TrainingKey
{
    public const string Stage = Names.Train;

    /// <param name="worker">From <see cref="Workers.WorkerIdentity.OfTrainer"/>.</param>
    public static FingerprintFile Of(TypedSettings settings, BaseModelIdentity baseModel, DatasetManifest dataset, string? worker = null)
    {
        DatasetSet training = dataset.Set(DatasetKind.Training) ?? throw new ArgumentException("A manifest that passed Validate has training rows.", nameof(dataset));
        TrainOptions options = settings.Training;
        if (settings.Remote is { } remote)
        {
            return FingerprintFile.Of(Stage, OfRemote(settings, remote, baseModel, training));
        }

        if (settings.Tool is { } tool)
        {
            return FingerprintFile.Of(Stage, OfTool(settings, tool, baseModel, training, worker));
        }

        KeyFields fields = new KeyFields()
            .Add("baseModel", baseModel.ToFields())
            .Add(DatasetKind.Training.Field(), training.Digest)
            .Add("trainer", settings.Trainer)
            .Add("worker", worker)
            .Add("numerics", EngineIdentity.NumericsVersion)
            .Add("fineTuneMethod", settings.FineTuneMethod)
            .Add("learningRate", options.LearningRate)
            .Add("learningRateSchedule", options.Schedule)
            .Add("warmupRatio", options.WarmupRatio)
            .Add("epochs", options.Epochs)
            .Add("maxSteps", options.MaxSteps)
            .Add("batchSize", options.BatchSize)
            .Add("gradientAccumulationSteps", options.GradientAccumulationSteps)
            .Add("maxGradNorm", options.MaxGradNorm)
            .Add("weightDecay", options.WeightDecay)
            .Add("adamBeta1", options.AdamBeta1)
            .Add("adamBeta2", options.AdamBeta2)
            .Add("adamEpsilon", options.AdamEpsilon)
            .Add("seed", options.Seed)
            .Add("maxSequenceLength", options.MaxSequenceLength)
            .Add("preserveDataOrder", options.PreserveDataOrder);
        if (options.Method != "full")
        {
            AddLora(fields, options);
        }

        if (options.Method == "qlora")
        {
            fields.Add("quantizationType", options.QuantizationType);
        }

        if (options.Objective == "dpo")
        {
            fields.Add("dpoBeta", options.DpoBeta).Add("dpoLabelSmoothing", options.DpoLabelSmoothing);
        }

        return FingerprintFile.Of(Stage, options.ChoosesByValidation ? AddSelection(fields, options, dataset) : fields);
    }

    // What is sent decides, and nothing else: a setting that a provider is not told cannot change its model. The dataset is the engine's, digest for digest.
    private static KeyFields OfRemote(TypedSettings settings, RemoteSettings remote, BaseModelIdentity baseModel, DatasetSet training) => new KeyFields()
        .Add("baseModel", remote.HasWeights ? baseModel.ToFields() : new KeyFields().Add("provider", remote.Trainer.Name).Add("model", remote.Model))
        .Add(DatasetKind.Training.Field(), training.Digest)
        .Add("trainer", remote.Trainer.Name)
        .Add("trainerVersion", remote.Trainer.Version)
        .Add("providerModel", remote.Model)
        .Add("fineTuneMethod", settings.FineTuneMethod)
        .Add("sent", JsonTree.Parse(Encoding.UTF8.GetBytes(remote.Trainer.Translate(remote.SettingsOf(settings.Training)).ToJsonString())).Root);

    // What the tool is told decides, by which version in which environment; the declared ones, because a machine without the tool comes to the same key.
    private static KeyFields OfTool(TypedSettings settings, ToolSettings tool, BaseModelIdentity baseModel, DatasetSet training, string? environment) => new KeyFields()
        .Add("baseModel", baseModel.ToFields())
        .Add(DatasetKind.Training.Field(), training.Digest)
        .Add("trainer", settings.Trainer)
        .Add("trainerVersion", tool.Version)
        .Add("trainerTemplate", tool.Tool.Template)
        .Add("trainerEnvironment", environment)
        .Add("trainCommand", tool.CommandFor(settings.Training))
        .Add("fineTuneMethod", settings.FineTuneMethod)
        .Add("configuration", JsonTree.Parse(Encoding.UTF8.GetBytes(tool.Tool.Configure(settings.Training with { CheckpointEverySteps = 0 }, ToolPaths.None, tool.ChatTemplate).ToJsonString())).Root);

    // Validation rows decide about a result only where training stops by them, or the best weights are chosen by them.
    private static KeyFields AddSelection(KeyFields fields, TrainOptions options, DatasetManifest dataset)
    {
        if (dataset.Set(DatasetKind.Validation) is { } validation)
        {
            fields.Add(DatasetKind.Validation.Field(), validation.Digest);
        }

        // A run that may stop early returns its best weights anyway.
        fields.Add("loadBestModelAtEnd", true).Add("evaluationSteps", options.EvaluationSteps).Add("earlyStoppingPatience", options.EarlyStoppingPatience);
        return options.EarlyStoppingPatience > 0 ? fields.Add("earlyStoppingThreshold", options.EarlyStoppingThreshold) : fields;
    }

    // A full fine-tune has no adapter: its rank is no part of it.
    private static KeyFields AddLora(KeyFields fields, TrainOptions options) => fields
        .Add("loraRank", options.LoraRank)
        .Add("loraAlpha", options.LoraAlpha)
        .Add("loraDropout", options.LoraDropout)
        .Add("loraTargetModules", options.TargetModules.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal))
        .Add("useRsLora", options.UseRsLora);
}
