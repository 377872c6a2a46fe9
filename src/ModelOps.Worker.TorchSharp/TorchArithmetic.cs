using ModelOps.Engine.Generation;
using ModelOps.Engine.Training;
using ModelOps.Worker.Torch.Network;

namespace ModelOps.Worker.Torch;

/// <summary>A run's arithmetic on TorchSharp.</summary>
internal sealed class TorchArithmetic(TorchNetwork network, TorchParameters parameters, RunPlan plan, IRowWeights weights) : IStepArithmetic
{
    /// <summary>Raised whenever the same request would give other bytes on the same library and device than before.</summary>
    public const int Version = Core.Protocol.TorchIdentity.NumericsVersion;

    private const int CollectEverySteps = 16;

    public long ParameterCount => parameters.Count;

    public Measured Accumulate(int step, ReadOnlySpan<int> examples)
    {
        parameters.ClearGradients();
        int[] rows = plan.Training.RowsOf(examples);
        TorchBatch[] batches = [.. TorchBatch.Split(
            rows.Select((row, place) => (place, plan.Training.All[row].Tokens, plan.Training.All[row].Scored)), TorchPasses.TokensAtOnce(network.Device), weights.RowsPerExample)];
        var measured = weights.Begin(rows, batches.Sum(b => b.Targets.Length), training: true);
        for (int b = 0; b < batches.Length; b++)
        {
            using var pass = new TorchPass(network.Config, network.Device, 0, batches[b].Length)
            {
                Dropout = plan.Options.Method == TrainingMethod.Lora ? plan.Options.LoraDropout : 0, DropoutSeed = Seed(step, b),
            };
            TorchPasses.Accumulate(network, batches[b], pass, losses => measured.Weigh(batches[b], losses));
        }

        // Tensors that no scope knew go with their finalisers.
        if (step % CollectEverySteps == 0)
            GC.Collect();
        return measured.Mean(batches.Sum(batch => batch.RowTokens));
    }

    public double GradientNorm() => parameters.GradientNorm();

    public void Update(int step, double learningRate, double gradientNorm) => parameters.Step(plan.Options, step, learningRate, gradientNorm);

    public Measured Validate(CancellationToken cancellation)
    {
        TorchBatch[] batches = [.. TorchBatch.Split(plan.Validation.All, TorchPasses.TokensAtOnce(network.Device), weights.RowsPerExample)];
        var measured = weights.Begin([.. Enumerable.Range(0, plan.Validation.All.Count)], batches.Sum(b => b.Targets.Length), training: false);
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            measured.Weigh(batch, TorchPasses.Losses(network, batch));
        }

        return measured.Mean(batches.Sum(b => b.RowTokens));
    }

    public void KeepBest() => parameters.KeepBest();

    public void RestoreBest() => parameters.RestoreBest();

    public void Write(BinaryWriter writer) => parameters.Write(writer);

    public void Read(BinaryReader reader) => parameters.Read(reader);

    public void Dispose()
    {
    }

    // Dropout is a function of seed, step and batch, so a run that continues draws what it would have drawn.
    private long Seed(int step, int batch) => unchecked((long)new Engine.Models.CounterRandom(plan.Options.Seed, (ulong)step).Bits((ulong)batch) & long.MaxValue);
}

/// <summary>What each scored token weighs in the loss of a step.</summary>
internal interface IRowWeights
{
    int RowsPerExample { get; }

    /// <param name="rows">By their place in the batches: which row of the set it is.</param>
    IMeasuring Begin(int[] rows, int scoredTokens, bool training);
}

/// <summary>Adds up what a step or an evaluation gives.</summary>
internal interface IMeasuring
{
    /// <summary>[S] losses of a batch's scored tokens to [S] weights in the step's loss.</summary>
    float[] Weigh(TorchBatch batch, float[] losses);

    Measured Mean(int tokens);
}

/// <summary>Every scored token of a step weighs the same.</summary>
internal sealed class SupervisedWeights : IRowWeights
{
    public int RowsPerExample => 1;

    public IMeasuring Begin(int[] rows, int scoredTokens, bool training) => new Sums(scoredTokens);

    private sealed class Sums(int scoredTokens) : IMeasuring
    {
        private double _loss;

        public float[] Weigh(TorchBatch batch, float[] losses)
        {
            foreach (float loss in losses)
                _loss += loss;
            var weights = new float[losses.Length];
            Array.Fill(weights, 1f / scoredTokens);
            return weights;
        }

        public Measured Mean(int tokens) => new(_loss / scoredTokens, tokens, scoredTokens);
    }
}

/// <summary>The preference loss's derivative by each answer's log-likelihood; the reference is the model without its adapter, or before the first step.</summary>
internal sealed class PreferenceWeights(double[] reference, double[] validationReference, TrainingOptions options) : IRowWeights
{
    private const int NoAdapter = GenerationPrompt.NoAdapter;

    public int RowsPerExample => 2;

    /// <summary>The reference's log-probabilities, computed once and kept beside the checkpoints.</summary>
    public static PreferenceWeights Of(TorchNetwork network, RunPlan plan, CancellationToken cancellation)
    {
        var file = plan.Options.CheckpointFolder is { } folder ? new ReferenceFile(folder, plan.Identity!, plan.Validation) : null;
        var (training, validation) = file?.TryRead(plan.Training.All.Count, plan.Validation.All.Count)
            ?? (LogProbabilities(network, plan.Training, cancellation), LogProbabilities(network, plan.Validation, cancellation));
        file?.Write(training, validation);
        return new PreferenceWeights(training, validation, plan.Options);
    }

    public IMeasuring Begin(int[] rows, int scoredTokens, bool training) => new Sums(rows, scoredTokens, training ? reference : validationReference, options);

    private static double[] LogProbabilities(TorchNetwork network, TrainingRows rows, CancellationToken cancellation)
    {
        var logs = new double[rows.All.Count];
        foreach (var batch in TorchBatch.Split(rows.All, TorchPasses.TokensAtOnce(network.Device), together: 2))
        {
            cancellation.ThrowIfCancellationRequested();
            float[] losses = TorchPasses.Losses(network, batch, adapter: NoAdapter);
            for (int s = 0; s < losses.Length; s++)
                logs[batch.RowIds[batch.RowOf[s]]] -= losses[s];
        }

        return logs;
    }

    private sealed class Sums(int[] rows, int scoredTokens, double[] reference, TrainingOptions options) : IMeasuring
    {
        private double _loss;
        private double _margin;
        private int _right;

        public float[] Weigh(TorchBatch batch, float[] losses)
        {
            var sums = new double[batch.RowIds.Length];
            for (int s = 0; s < losses.Length; s++)
                sums[batch.RowOf[s]] += losses[s];
            var weights = new float[sums.Length];
            for (int r = 0; r < sums.Length; r += 2)
            {
                int chosen = rows[batch.RowIds[r]];
                var pair = new PreferenceLoss(-sums[r] - reference[chosen], -sums[r + 1] - reference[chosen + 1], options.DpoBeta, options.DpoLabelSmoothing);
                _loss += pair.Loss;
                _margin += pair.Margin;
                _right += pair.Margin > 0 ? 1 : 0;
                weights[r] = (float)(pair.ChosenWeight / (rows.Length / 2));
                weights[r + 1] = -weights[r];
            }

            return Array.ConvertAll(batch.RowOf, row => weights[row]);
        }

        public Measured Mean(int tokens)
        {
            int pairs = rows.Length / 2;
            return new(_loss / pairs, tokens, scoredTokens) { RewardAccuracy = (double)_right / pairs, RewardMargin = _margin / pairs };
        }
    }
}
