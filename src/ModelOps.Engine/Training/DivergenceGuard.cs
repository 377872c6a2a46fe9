namespace ModelOps.Engine.Training;

/// <summary>Stops a run whose numbers are no longer finite, or whose smoothed loss has left its best by more than a blind guess would cost.</summary>
internal sealed class DivergenceGuard(int vocabulary)
{
    private const double Smoothing = 0.9;
    private const int Patience = 10;
    private readonly double _blind = Numerics.PortableMath.Log((double)vocabulary);
    private double _smooth = double.NaN;
    private double _best = double.PositiveInfinity;
    private int _seen;

    /// <summary>The step checked last did not by itself exceed what ends a run: the weights that it started from are worth keeping.</summary>
    internal bool IsSound { get; private set; } = true;

    /// <exception cref="TrainingDivergedException">The step must not be applied.</exception>
    internal void Check(int step, double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(gradientNorm))
            throw new TrainingDivergedException(step, loss, gradientNorm, "loss or gradient is no longer finite");
        _smooth = double.IsNaN(_smooth) ? loss : Smoothing * _smooth + (1 - Smoothing) * loss;
        _best = Math.Min(_best, _smooth);
        IsSound = loss <= _best + _blind;
        if (++_seen > Patience && _smooth > _best + _blind)
            throw new TrainingDivergedException(step, loss, gradientNorm, $"the loss has exploded from a best of {_best:G4} to {_smooth:G4}");
    }
}
