using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>What rows gave: their loss, and for pairs what the rewards say.</summary>
internal readonly record struct Measured(double Loss, int Tokens, int ScoredTokens)
{
    internal double? RewardAccuracy { get; init; }

    internal double? RewardMargin { get; init; }
}

/// <summary>What a run minimises: the examples it has, and how a step over some of them makes gradients.</summary>
internal abstract class TrainingObjective(TrainingRows training, TrainingRows validation)
{
    internal TrainingRows Training { get; } = training;

    internal TrainingRows Validation { get; } = validation;

    /// <summary>Most inputs that must go through the layers together.</summary>
    internal int LongestInput => Math.Max(Training.Longest, Validation.Longest);

    /// <summary>Part of the identity of a run.</summary>
    internal abstract string Name { get; }

    /// <summary>What must be known of the untrained model; runs once, before the first step.</summary>
    /// <param name="identity">The run's identity, where it has a checkpoint folder.</param>
    internal virtual void Prepare(LlamaModel model, TrainingOptions options, byte[]? identity, CancellationToken cancellation)
    {
    }

    /// <summary>Loss of the examples with these indices, and its gradient added to the parameters trained.</summary>
    internal abstract Measured Accumulate(MicroBatch micro, ReadOnlySpan<int> examples);

    /// <summary>The validation examples, all of them.</summary>
    internal abstract Measured Validate(MicroBatch micro, CancellationToken cancellation);
}
