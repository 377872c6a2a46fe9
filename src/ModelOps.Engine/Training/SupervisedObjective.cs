using ModelOps.Engine.Layers;

namespace ModelOps.Engine.Training;

/// <summary>Mean negative log-likelihood over the scored tokens of all rows of a step.</summary>
internal sealed class SupervisedObjective(TrainingRows training, TrainingRows validation) : TrainingObjective(training, validation)
{
    internal override string Name => SupervisedTrainer.Objective;

    internal override Measured Accumulate(MicroBatch micro, ReadOnlySpan<int> examples)
    {
        List<TokenBatch> batches = Training.Batches(examples, micro.TokensAtOnce, shares: !micro.Pass.Drops);
        int scored = batches.Sum(b => b.Targets.Length);
        double sum = 0;
        foreach (var batch in batches)
            sum += micro.Accumulate(batch, 1f / scored);
        return new Measured(sum / scored, batches.Sum(b => b.RowTokens), scored);
    }

    internal override Measured Validate(MicroBatch micro, CancellationToken cancellation)
    {
        double sum = 0;
        int tokens = 0, scored = 0;
        foreach (var batch in MicroBatch.Split(Validation.All, micro.TokensAtOnce, shares: true))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (float loss in micro.Losses(batch))
                sum += loss;
            tokens += batch.RowTokens;
            scored += batch.Targets.Length;
        }

        return new Measured(sum / scored, tokens, scored);
    }
}
