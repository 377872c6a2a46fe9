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

    /// <param name="worker">From <see cref="Workers.WorkerIdentity"/>.</param>
    public static FingerprintFile Of(TypedSettings settings, BaseModelIdentity baseModel, DatasetManifest dataset, Digest? worker = null)
    {
        DatasetSet training = dataset.Set(DatasetKind.Training) ?? throw new ArgumentException("A manifest that passed Validate has training rows.", nameof(dataset));
        TrainOptions options = settings.Training;
        KeyFields fields = new KeyFields()
            .Add("baseModel", baseModel.ToFields())
            .Add(DatasetKind.Training.Field(), training.Digest)
            .Add("trainer", settings.Trainer)
            .Add("worker", worker?.ToString())
            .Add("numerics", EngineIdentity.NumericsVersion)
            .Add("fineTuneMethod", options.Method)
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
        return FingerprintFile.Of(Stage, options.Method switch
        {
            "full" => fields,
            "qlora" => AddLora(fields, options).Add("quantizationType", options.QuantizationType),
            _ => AddLora(fields, options),
        });
    }

    // A full fine-tune has no adapter: its rank is no part of it.
    private static KeyFields AddLora(KeyFields fields, TrainOptions options) => fields
        .Add("loraRank", options.LoraRank)
        .Add("loraAlpha", options.LoraAlpha)
        .Add("loraDropout", options.LoraDropout)
        .Add("loraTargetModules", options.TargetModules.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal))
        .Add("useRsLora", options.UseRsLora);
}
