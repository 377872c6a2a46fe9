using ModelOps.Engine.Models;
using ModelOps.Engine.Training;
using ModelOps.Worker.Torch.Network;

namespace ModelOps.Worker.Torch;

/// <summary>Runs of the engine's kind (rows, order, schedule, selection, checkpoints) with TorchSharp's arithmetic.</summary>
internal static class TorchTrainer
{
    /// <inheritdoc cref="SupervisedTrainer.Run"/>
    public static TrainingResult Supervise(
        LlamaModel model, IReadOnlyList<TrainingExample> examples, IReadOnlyList<TrainingExample> validation, TrainingOptions options, TorchDevice device,
        IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        options.Check();
        if (examples.Count == 0)
            throw new TrainingDataException("training", -1, "there are no rows");
        int vocabulary = model.Config.VocabularySize;
        var rows = new TrainingRows("training", examples, options.MaxSequenceLength, vocabulary);
        var held = new TrainingRows("validation", validation, options.MaxSequenceLength, vocabulary);
        return Run(model, rows, held, options, device, SupervisedTrainer.Objective, (_, _, _) => new SupervisedWeights(), progress, cancellation);
    }

    /// <inheritdoc cref="PreferenceTrainer.Run"/>
    public static TrainingResult Prefer(
        LlamaModel model, IReadOnlyList<PreferenceExample> pairs, IReadOnlyList<PreferenceExample> validation, TrainingOptions options, TorchDevice device,
        IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        options.Check();
        if (pairs.Count == 0)
            throw new TrainingDataException("training", -1, "there are no pairs");
        TrainingRows rows = PreferenceTrainer.Rows("training", pairs, model, options), held = PreferenceTrainer.Rows("validation", validation, model, options);
        return Run(
            model, rows, held, options, device, PreferenceTrainer.Objective, (network, plan, stop) => PreferenceWeights.Of(network, plan, stop), progress, cancellation);
    }

    private static TrainingResult Run(
        LlamaModel model, TrainingRows rows, TrainingRows validation, TrainingOptions options, TorchDevice device, string objective,
        Func<TorchNetwork, RunPlan, CancellationToken, IRowWeights> weights, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        TorchComputation.UseThreads(options.Threads);
        LoraAdapter? adapter = SupervisedTrainer.Adapter(model, options, initial: null);
        byte[]? identity = options.CheckpointFolder is null ? null : TrainingIdentity.Of(model, adapter, objective, rows, validation, options, device.Identity);
        var plan = new RunPlan(rows, validation, options, model.Config.VocabularySize, identity);
        plan.Check();
        using var parameters = new TorchParameters(adapter?.Parameters ?? model.MakeTrainable(), device, options.ChoosesByValidation);
        using var network = new TorchNetwork(model, adapter is null ? [] : [adapter], parameters, device);
        using var arithmetic = new TorchArithmetic(network, parameters, plan, weights(network, plan, cancellation));
        var result = TrainingRun.Run(plan, arithmetic, adapter, progress, cancellation);
        parameters.CopyBack();
        return result;
    }
}
