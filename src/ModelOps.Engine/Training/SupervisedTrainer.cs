using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>Supervised fine-tuning (and pre-training, where every token is scored) by LoRA or of every weight.</summary>
public static class SupervisedTrainer
{
    internal const string Objective = "supervised";

    /// <summary>
    /// Trains on <paramref name="examples"/> and returns what was learnt; a full run changes <paramref name="model"/> itself. A step takes
    /// BatchSize · GradientAccumulationSteps rows and minimises the mean negative log-likelihood over all their scored tokens. The same
    /// inputs give the same bits for any number of threads, and after any number of interruptions.
    /// </summary>
    /// <param name="validation">Rows whose loss is measured as the options say; may be empty.</param>
    /// <param name="progress">Called on this thread after each step, before the next one.</param>
    /// <param name="initialAdapter">Where a LoRA run starts; null for a new adapter from the seed. It is trained in place and returned.</param>
    /// <exception cref="TrainingDataException">A row cannot be trained on.</exception>
    /// <exception cref="TrainingDivergedException">The numbers went wrong.</exception>
    /// <exception cref="CheckpointException">The checkpoint folder holds a checkpoint of other settings, or a damaged one.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the state is in the checkpoint folder, where one is set.</exception>
    public static TrainingResult Run(
        LlamaModel model, IReadOnlyList<TrainingExample> examples, IReadOnlyList<TrainingExample> validation, TrainingOptions options,
        IProgress<TrainingProgress>? progress = null, LoraAdapter? initialAdapter = null, CancellationToken cancellation = default)
    {
        options.Check();
        if (examples.Count == 0)
            throw new TrainingDataException("training", -1, "there are no rows");
        int vocabulary = model.Config.VocabularySize;
        var rows = new TrainingRows("training", examples, options.MaxSequenceLength, vocabulary);
        var validationRows = new TrainingRows("validation", validation, options.MaxSequenceLength, vocabulary);
        var objective = new SupervisedObjective(rows, validationRows);
        return TrainingRun.Run(model, Adapter(model, options, initialAdapter), objective, options, progress, cancellation);
    }

    /// <summary>Optimizer steps of a run over <paramref name="rowCount"/> rows.</summary>
    public static int CountSteps(TrainingOptions options, int rowCount)
    {
        int all = options.Epochs * StepsPerEpoch(options, rowCount);
        return options.MaxSteps > 0 ? Math.Min(all, options.MaxSteps) : all;
    }

    /// <summary>What a run trains; null where that is the model itself.</summary>
    internal static LoraAdapter? Adapter(LlamaModel model, TrainingOptions options, LoraAdapter? initial) => options.Method == TrainingMethod.Lora
        ? initial ?? LoraAdapter.Create(model.Config, AdapterConfig(model, options), options.Seed)
        : null;

    internal static int RowsPerStep(TrainingOptions options) => checked(options.BatchSize * options.GradientAccumulationSteps);

    internal static int StepsPerEpoch(TrainingOptions options, int rowCount) => (rowCount + RowsPerStep(options) - 1) / RowsPerStep(options);

    private static LoraConfig AdapterConfig(LlamaModel model, TrainingOptions options) => new()
    {
        Rank = options.LoraRank,
        Alpha = options.LoraAlpha,
        Dropout = options.LoraDropout,
        UseRsLora = options.UseRsLora,
        TargetModules = options.TargetModules,
        BaseModelName = model.Name,
    };
}
