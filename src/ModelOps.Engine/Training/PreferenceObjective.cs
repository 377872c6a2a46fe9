using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>Mean <see cref="PreferenceLoss"/> over the pairs of a step. Example i is rows 2i (chosen) and 2i + 1 (rejected).</summary>
internal sealed class PreferenceObjective(TrainingRows training, TrainingRows validation, double beta, double smoothing) : TrainingObjective(training, validation)
{
    // Log-probability of each row's answer under the model before training.
    private double[] _reference = [];
    private double[] _validationReference = [];

    internal override string Name => PreferenceTrainer.Objective;

    /// <summary>The model without its adapter, or before its first step, is the reference: one pass, kept beside the checkpoints.</summary>
    internal override void Prepare(LlamaModel model, TrainingOptions options, byte[]? identity, CancellationToken cancellation)
    {
        var file = options.CheckpointFolder is { } folder ? new ReferenceFile(folder, identity!, Validation) : null;
        if (file?.TryRead(Training.All.Count, Validation.All.Count) is { } stored)
        {
            (_reference, _validationReference) = stored;
            return;
        }

        using var scorer = new Generation.Scorer(model, adapter: null, options.Threads);
        _reference = LogProbabilities(scorer, Training, cancellation);
        _validationReference = LogProbabilities(scorer, Validation, cancellation);
        file?.Write(_reference, _validationReference);
    }

    internal override Measured Accumulate(MicroBatch micro, ReadOnlySpan<int> examples)
    {
        int[] rows = Training.RowsOf(examples);
        var sum = new RewardSums();
        foreach (var batch in Training.Batches(examples, micro.TokensAtOnce, shares: !micro.Pass.Drops))
        {
            int[] ids = batch.RowIds;
            micro.Accumulate(batch, (losses, weights) =>
            {
                for (int r = 0; r < ids.Length; r += 2)
                {
                    var pair = Pair(_reference, rows[ids[r]], losses[r], losses[r + 1]);
                    sum.Add(pair);
                    weights[r] = (float)(pair.ChosenWeight / (rows.Length / 2));
                    weights[r + 1] = -weights[r];
                }
            });
            sum.Count(batch);
        }

        return sum.Mean(rows.Length / 2);
    }

    internal override Measured Validate(MicroBatch micro, CancellationToken cancellation)
    {
        var sum = new RewardSums();
        Span<double> losses = new double[MicroBatch.TokenBudget + 2];
        foreach (var batch in MicroBatch.Split(Validation.All, micro.TokensAtOnce, together: 2, shares: true))
        {
            cancellation.ThrowIfCancellationRequested();
            batch.SumRows(micro.Losses(batch), losses);
            for (int r = 0; r < batch.RowCount; r += 2)
                sum.Add(Pair(_validationReference, batch.RowIds[r], losses[r], losses[r + 1]));
            sum.Count(batch);
        }

        return sum.Mean(Validation.Count);
    }

    private PreferenceLoss Pair(double[] reference, int chosen, double chosenLoss, double rejectedLoss) =>
        new(-chosenLoss - reference[chosen], -rejectedLoss - reference[chosen + 1], beta, smoothing);

    private static double[] LogProbabilities(Generation.Scorer scorer, TrainingRows rows, CancellationToken cancellation) =>
        [.. scorer.Score([.. rows.All.Select(r => new TrainingExample(r.Tokens.ToArray(), r.Scored.ToArray()))], cancellation).Select(s => s.LogProbability)];

    private sealed class RewardSums
    {
        private double _loss;
        private double _margin;
        private int _right;
        private int _tokens;
        private int _scored;

        internal void Add(in PreferenceLoss pair)
        {
            _loss += pair.Loss;
            _margin += pair.Margin;
            _right += pair.Margin > 0 ? 1 : 0;
        }

        internal void Count(TokenBatch batch)
        {
            _tokens += batch.RowTokens;
            _scored += batch.Targets.Length;
        }

        internal Measured Mean(int pairs) => new(_loss / pairs, _tokens, _scored)
        {
            RewardAccuracy = (double)_right / pairs, RewardMargin = _margin / pairs,
        };
    }
}
