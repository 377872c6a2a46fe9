using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>One optimizer step, reported when it is done.</summary>
/// <param name="Step">One-based.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Epoch">Zero-based epoch of the step's rows.</param>
/// <param name="Loss">Mean negative log-likelihood of the step's scored tokens, before the update.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="Tokens">Tokens that went through the model.</param>
/// <param name="TokensPerSecond">Measured, never part of a result file.</param>
/// <param name="Remaining">Estimate from the steps so far.</param>
public sealed record TrainingProgress(
    int Step, int TotalSteps, int Epoch, double Loss, double LearningRate, double GradientNorm,
    int Tokens, int ScoredTokens, double TokensPerSecond, TimeSpan Remaining);

/// <summary>What a step leaves behind; the same for the same inputs, whatever the machine.</summary>
public readonly record struct TrainingStep(double Loss, double LearningRate, double GradientNorm, int Tokens, int ScoredTokens);

/// <summary>The state at the end of an epoch.</summary>
/// <param name="Epoch">Zero-based.</param>
/// <param name="Step">Steps done so far.</param>
/// <param name="TrainingLoss">Mean of the epoch's step losses.</param>
/// <param name="ValidationLoss">Mean negative log-likelihood of the validation rows' scored tokens; null without validation rows.</param>
public sealed record TrainingEpoch(int Epoch, int Step, double TrainingLoss, double? ValidationLoss);

/// <summary>The outcome of a run. A full run has changed the model itself; a LoRA run leaves it alone and returns an adapter.</summary>
/// <param name="TruncatedRows">Training rows longer than the maximum, cut at their end.</param>
/// <param name="ResumedFromStep">0 where the run started afresh.</param>
public sealed record TrainingResult(
    IReadOnlyList<TrainingStep> Steps, IReadOnlyList<TrainingEpoch> Epochs, LoraAdapter? Adapter,
    long TrainableParameters, int TruncatedRows, int ResumedFromStep);
