using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>Direct preference optimisation with the sigmoid loss (Rafailov et al., 2023, arXiv:2305.18290), by LoRA or of every weight.</summary>
public static class PreferenceTrainer
{
    internal const string Objective = "preference";

    /// <summary>
    /// Trains on <paramref name="pairs"/> and returns what was learnt; a full run changes <paramref name="model"/> itself. The reference is
    /// the model without its adapter, for a full run the model before the first step; its log-probabilities are computed once, before
    /// the first step, and kept in the checkpoint folder. A step takes BatchSize · GradientAccumulationSteps pairs and minimises their
    /// mean loss. The same inputs give the same bits for any number of threads, and after any number of interruptions.
    /// </summary>
    /// <param name="validation">Pairs whose loss is measured as the options say; may be empty.</param>
    /// <param name="progress">Called on this thread after each step, before the next one.</param>
    /// <param name="initialAdapter">Where a LoRA run starts; null for a new adapter from the seed. It is trained in place and returned.</param>
    /// <exception cref="TrainingDataException">A pair cannot be trained on.</exception>
    /// <exception cref="TrainingDivergedException">The numbers went wrong.</exception>
    /// <exception cref="CheckpointException">The checkpoint folder holds a checkpoint of other settings, or a damaged one.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the state is in the checkpoint folder, where one is set.</exception>
    public static TrainingResult Run(
        LlamaModel model, IReadOnlyList<PreferenceExample> pairs, IReadOnlyList<PreferenceExample> validation, TrainingOptions options,
        IProgress<TrainingProgress>? progress = null, LoraAdapter? initialAdapter = null, CancellationToken cancellation = default)
    {
        options.Check();
        if (pairs.Count == 0)
            throw new TrainingDataException("training", -1, "there are no pairs");
        var objective = new PreferenceObjective(
            Rows("training", pairs, model, options), Rows("validation", validation, model, options), options.DpoBeta, options.DpoLabelSmoothing);
        return TrainingRun.Run(model, SupervisedTrainer.Adapter(model, options, initialAdapter), objective, options, progress, cancellation);
    }

    internal static TrainingRows Rows(string set, IReadOnlyList<PreferenceExample> pairs, LlamaModel model, TrainingOptions options) =>
        new(set, [.. pairs.SelectMany(p => new[] { p.Chosen, p.Rejected })], options.MaxSequenceLength, model.Config.VocabularySize, rowsPerExample: 2);
}
