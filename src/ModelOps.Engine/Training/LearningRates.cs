using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>Learning rate per step: linear warm-up from LearningRate/W to LearningRate, then the schedule down to its minimum.</summary>
internal static class LearningRates
{
    /// <summary>The rate of a zero-based step.</summary>
    internal static double At(TrainingOptions options, int step, int totalSteps)
    {
        int warmup = WarmupSteps(options, totalSteps);
        double peak = options.LearningRate, floor = peak * options.MinimumLearningRateRatio;
        if (step < warmup)
            return peak * (step + 1) / warmup;
        double progress = (double)(step - warmup) / Math.Max(1, totalSteps - warmup);
        return options.Schedule switch
        {
            LearningRateSchedule.Constant => peak,
            LearningRateSchedule.Linear => floor + (peak - floor) * (1 - progress),
            _ => floor + (peak - floor) * 0.5 * (1 + PortableMath.Cos(Math.PI * progress)),
        };
    }

    internal static int WarmupSteps(TrainingOptions options, int totalSteps) =>
        Math.Min(totalSteps, options.WarmupSteps ?? (int)Math.Ceiling(options.WarmupRatio * totalSteps));
}
