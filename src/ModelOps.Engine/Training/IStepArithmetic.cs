namespace ModelOps.Engine.Training;

/// <summary>
/// The arithmetic of a run, over the parameters that it trains. What a run is beside it (order, schedule, divergence, selection, checkpoints,
/// history) is the same for every library; <see cref="EngineArithmetic"/> is the engine's own.
/// </summary>
internal interface IStepArithmetic : IDisposable
{
    /// <summary>Trained numbers.</summary>
    long ParameterCount { get; }

    /// <summary>Loss of the examples with these indices, and its gradient in place of the last one.</summary>
    /// <param name="step">Zero-based; keys the dropout.</param>
    Measured Accumulate(int step, ReadOnlySpan<int> examples);

    /// <summary>Euclidean norm of all gradients.</summary>
    double GradientNorm();

    /// <summary>AdamW with the gradients at hand, scaled down where their norm asks for it.</summary>
    /// <param name="step">From 1.</param>
    void Update(int step, double learningRate, double gradientNorm);

    /// <summary>The validation examples, all of them.</summary>
    Measured Validate(CancellationToken cancellation);

    /// <summary>Copies the parameters as the best so far; only where the options choose by validation.</summary>
    void KeepBest();

    /// <summary>Makes the best the parameters.</summary>
    void RestoreBest();

    /// <summary>Parameters, moments, and the best where there is one.</summary>
    void Write(BinaryWriter writer);

    /// <exception cref="InvalidDataException">They are not of this run.</exception>
    void Read(BinaryReader reader);
}
