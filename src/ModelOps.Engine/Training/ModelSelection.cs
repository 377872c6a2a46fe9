namespace ModelOps.Engine.Training;

/// <summary>
/// Early stopping and the choice of the best weights, both by validation loss. The best are those of the lowest loss, the earliest among
/// equals. An evaluation counts as progress where its loss lies more than the threshold below the lowest so far; after as many
/// evaluations in a row without progress as the patience says, the run stops.
/// </summary>
internal sealed class ModelSelection(TrainingOptions options)
{
    private double _lowest = double.PositiveInfinity;
    private int _withoutProgress;

    /// <summary>The best weights are the result, not the last ones.</summary>
    internal bool Chooses => options.ChoosesByValidation;

    /// <summary>Steps after which the best weights were reached; 0 before the first evaluation.</summary>
    internal int BestStep { get; private set; }

    internal bool Stops => options.EarlyStoppingPatience > 0 && _withoutProgress >= options.EarlyStoppingPatience;

    /// <summary>Takes what was measured of the weights as they are. True where they are the best so far.</summary>
    internal bool Follow(TrainingEvaluation evaluation)
    {
        bool progress = _lowest - evaluation.Loss > options.EarlyStoppingThreshold;
        _withoutProgress = progress ? 0 : _withoutProgress + 1;
        if (evaluation.Loss >= _lowest)
            return false;
        (_lowest, BestStep) = (evaluation.Loss, evaluation.Step);
        return true;
    }
}
