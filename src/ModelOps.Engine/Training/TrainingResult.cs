using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>One optimizer step, reported when it and an evaluation that follows it are done.</summary>
/// <param name="Step">One-based.</param>
/// <param name="TotalSteps">Steps of the whole run, unless it stops early.</param>
/// <param name="Epoch">Zero-based epoch of the step's rows.</param>
/// <param name="Loss">The loss of the step's rows before the update.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="Tokens">Tokens that went through the model.</param>
/// <param name="TokensPerSecond">Measured, never part of a result file.</param>
/// <param name="Remaining">Estimate from the steps so far.</param>
public sealed record TrainingProgress(
    int Step, int TotalSteps, int Epoch, double Loss, double LearningRate, double GradientNorm,
    int Tokens, int ScoredTokens, double TokensPerSecond, TimeSpan Remaining)
{
    /// <summary>What was measured on the validation rows after this step; null where nothing was.</summary>
    public TrainingEvaluation? Evaluation { get; init; }

    /// <summary>The epoch that this step ends; null inside an epoch.</summary>
    public TrainingEpoch? EndedEpoch { get; init; }

    /// <inheritdoc cref="TrainingStep.RewardAccuracy"/>
    public double? RewardAccuracy { get; init; }

    /// <inheritdoc cref="TrainingStep.RewardMargin"/>
    public double? RewardMargin { get; init; }
}

/// <summary>What a step leaves behind; the same for the same inputs, whatever the machine.</summary>
public readonly record struct TrainingStep(double Loss, double LearningRate, double GradientNorm, int Tokens, int ScoredTokens)
{
    /// <summary>Share of the pairs whose chosen answer has gained more over the reference than the rejected one; null without pairs.</summary>
    public double? RewardAccuracy { get; init; }

    /// <summary>Mean of beta · (what the chosen answer has gained - what the rejected one has), in nats; null without pairs.</summary>
    public double? RewardMargin { get; init; }
}

/// <summary>The validation rows measured after a step.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Mean negative log-likelihood of the scored tokens; for pairs the mean loss of a pair.</param>
public sealed record TrainingEvaluation(int Step, double Loss)
{
    /// <inheritdoc cref="TrainingStep.RewardAccuracy"/>
    public double? RewardAccuracy { get; init; }

    /// <inheritdoc cref="TrainingStep.RewardMargin"/>
    public double? RewardMargin { get; init; }
}

/// <summary>The state at the end of an epoch.</summary>
/// <param name="Epoch">Zero-based.</param>
/// <param name="Step">Steps done so far.</param>
/// <param name="TrainingLoss">Mean of the epoch's step losses.</param>
/// <param name="ValidationLoss">Loss of the validation rows, where they were measured after this step.</param>
public sealed record TrainingEpoch(int Epoch, int Step, double TrainingLoss, double? ValidationLoss)
{
    /// <summary>Mean over the epoch's steps; null without pairs.</summary>
    public double? RewardAccuracy { get; init; }

    /// <summary>Mean over the epoch's steps; null without pairs.</summary>
    public double? RewardMargin { get; init; }
}

/// <summary>The outcome of a run. A full run has changed the model itself; a LoRA run leaves it alone and returns an adapter.</summary>
/// <param name="TruncatedRows">Training rows longer than the maximum, cut at their end.</param>
/// <param name="ResumedFromStep">0 where the run started afresh.</param>
public sealed record TrainingResult(
    IReadOnlyList<TrainingStep> Steps, IReadOnlyList<TrainingEpoch> Epochs, LoraAdapter? Adapter,
    long TrainableParameters, int TruncatedRows, int ResumedFromStep)
{
    public IReadOnlyList<TrainingEvaluation> Evaluations { get; init; } = [];

    /// <summary>Steps after which the returned weights were reached: the last one, unless an earlier one was chosen.</summary>
    public int ChosenStep { get; init; }

    /// <summary>The validation loss stopped falling before all steps were done.</summary>
    public bool StoppedEarly { get; init; }
}
