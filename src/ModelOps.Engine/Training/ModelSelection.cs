using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>
/// Early stopping and the choice of the best weights, both by validation loss. The best are those of the lowest loss, the earliest among
/// equals. An evaluation counts as progress where its loss lies more than the threshold below the lowest so far; after as many
/// evaluations in a row without progress as the patience says, the run stops.
/// </summary>
internal sealed unsafe class ModelSelection : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly FloatBuffer _parameters;
    private double _lowest = double.PositiveInfinity;
    private int _withoutProgress;

    /// <param name="parameters">The weights that are trained; a run that chooses keeps a copy of the best of them.</param>
    internal ModelSelection(TrainingOptions options, FloatBuffer parameters)
    {
        _options = options;
        _parameters = parameters;
        Best = options.ChoosesByValidation ? new FloatBuffer(parameters.Length) : null;
    }

    /// <summary>Copy of the best weights so far; null where the last ones are the result.</summary>
    internal FloatBuffer? Best { get; }

    /// <summary>Steps after which the best weights were reached; 0 before the first evaluation.</summary>
    internal int BestStep { get; private set; }

    internal bool Stops => _options.EarlyStoppingPatience > 0 && _withoutProgress >= _options.EarlyStoppingPatience;

    /// <summary>Takes what was measured of the weights as they are.</summary>
    internal void Take(TrainingEvaluation evaluation)
    {
        if (Follow(evaluation) && Best is not null)
            Copy(_parameters, Best);
    }

    /// <summary>Takes an evaluation of a run that continues, whose best weights come from the checkpoint. True where it was the best.</summary>
    internal bool Follow(TrainingEvaluation evaluation)
    {
        bool progress = _lowest - evaluation.Loss > _options.EarlyStoppingThreshold;
        _withoutProgress = progress ? 0 : _withoutProgress + 1;
        if (evaluation.Loss >= _lowest)
            return false;
        (_lowest, BestStep) = (evaluation.Loss, evaluation.Step);
        return true;
    }

    /// <summary>Makes the best weights the result.</summary>
    internal void Restore()
    {
        if (Best is not null && BestStep > 0)
            Copy(Best, _parameters);
    }

    private static void Copy(FloatBuffer from, FloatBuffer to) =>
        Buffer.MemoryCopy(from.Pointer, to.Pointer, to.Length * sizeof(float), from.Length * sizeof(float));

    public void Dispose() => Best?.Dispose();
}
