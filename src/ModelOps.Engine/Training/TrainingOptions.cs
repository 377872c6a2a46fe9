using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>What is trained.</summary>
public enum TrainingMethod
{
    /// <summary>Low-rank updates of frozen linear layers (Hu et al., 2021, arXiv:2106.09685).</summary>
    Lora,

    /// <summary>Every weight.</summary>
    Full,
}

/// <summary>Shape of the learning rate after the warm-up.</summary>
public enum LearningRateSchedule
{
    Cosine,
    Linear,
    Constant,
}

/// <summary>Hyper-parameters of a run. Only <see cref="Threads"/> and the checkpoint settings leave the result unchanged.</summary>
public sealed record TrainingOptions
{
    public TrainingMethod Method { get; init; } = TrainingMethod.Lora;

    /// <summary>Rank r of the update, 1 or more.</summary>
    public int LoraRank { get; init; } = 16;

    /// <summary>The update is scaled by alpha / r, or by alpha / sqrt(r) with <see cref="UseRsLora"/>.</summary>
    public double LoraAlpha { get; init; } = 32;

    /// <summary>Dropout on the adapter's input, 0 inclusive to 1 exclusive.</summary>
    public double LoraDropout { get; init; }

    /// <summary>Linear layers that get an adapter, in PEFT's names.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = LlamaWeightNames.LinearModules;

    /// <summary>Rank-stabilised scaling (Kalajdzievski, 2023, arXiv:2312.03732).</summary>
    public bool UseRsLora { get; init; }

    public double LearningRate { get; init; } = 1e-3;

    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Share of all steps spent warming up linearly, 0 to 1; ignored where <see cref="WarmupSteps"/> is set.</summary>
    public double WarmupRatio { get; init; }

    /// <summary>Steps of linear warm-up; null takes <see cref="WarmupRatio"/>.</summary>
    public int? WarmupSteps { get; init; }

    /// <summary>Where cosine and linear end, as a share of <see cref="LearningRate"/>, 0 to 1.</summary>
    public double MinimumLearningRateRatio { get; init; }

    public int Epochs { get; init; } = 1;

    /// <summary>Stops after so many optimizer steps; 0 means never. The schedule runs over the steps that are left.</summary>
    public int MaxSteps { get; init; }

    /// <summary>Rows per micro-batch, whatever the packing.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>One step takes <see cref="BatchSize"/> times this many rows and one mean over all their scored tokens.</summary>
    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Global gradient norm above which gradients are scaled down; 0 means never.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Decoupled weight decay (Loshchilov and Hutter, 2019, arXiv:1711.05101); norms and biases are exempt.</summary>
    public double WeightDecay { get; init; }

    public double AdamBeta1 { get; init; } = 0.9;

    public double AdamBeta2 { get; init; } = 0.999;

    public double AdamEpsilon { get; init; } = 1e-8;

    public ulong Seed { get; init; } = 42;

    /// <summary>Longest row in tokens; longer rows are cut at the end and counted in the result.</summary>
    public int MaxSequenceLength { get; init; } = 512;

    /// <summary>Keeps the order of the rows (curricula) instead of a seeded permutation per epoch.</summary>
    public bool PreserveDataOrder { get; init; }

    /// <summary>Measures the validation rows every so many steps and after the last one; 0: after each epoch.</summary>
    public int EvaluationSteps { get; init; }

    /// <summary>
    /// Stops after so many evaluations in a row without progress of the validation loss; 0 means never. A run that may stop early returns
    /// its best weights.
    /// </summary>
    public int EarlyStoppingPatience { get; init; }

    /// <summary>How far below the lowest validation loss an evaluation must lie to count as progress, 0 or more.</summary>
    public double EarlyStoppingThreshold { get; init; }

    /// <summary>Returns the weights with the lowest validation loss instead of the last ones.</summary>
    public bool LoadBestModelAtEnd { get; init; }

    /// <summary>Beta of the preference loss, above 0: the larger, the closer to the reference.</summary>
    public double DpoBeta { get; init; } = 0.1;

    /// <summary>Share of preference pairs that are taken to be the wrong way round, 0 to below 0.5.</summary>
    public double DpoLabelSmoothing { get; init; }

    /// <summary>Validation rows decide about the result.</summary>
    public bool ChoosesByValidation => LoadBestModelAtEnd || EarlyStoppingPatience > 0;

    /// <summary>Threads to use; 0 means all cores.</summary>
    public int Threads { get; init; }

    /// <summary>Writes a checkpoint every so many steps; 0 means never.</summary>
    public int CheckpointEverySteps { get; init; }

    /// <summary>Where checkpoints are kept; a run that finds one of the same settings there continues from it.</summary>
    public string? CheckpointFolder { get; init; }

    /// <summary>Factor of the low-rank update.</summary>
    public double LoraScale => LoraAlpha / (UseRsLora ? Math.Sqrt(LoraRank) : LoraRank);

    /// <exception cref="ArgumentException">A value lies outside its range.</exception>
    public void Check()
    {
        Need(LoraRank >= 1, nameof(LoraRank), LoraRank, "1 or more");
        Need(double.IsFinite(LoraAlpha) && LoraAlpha > 0, nameof(LoraAlpha), LoraAlpha, "above 0");
        Need(LoraDropout is >= 0 and < 1, nameof(LoraDropout), LoraDropout, "from 0 to below 1");
        Need(double.IsFinite(LearningRate) && LearningRate >= 0, nameof(LearningRate), LearningRate, "0 or more");
        Need(WarmupRatio is >= 0 and <= 1, nameof(WarmupRatio), WarmupRatio, "from 0 to 1");
        Need(WarmupSteps is null or >= 0, nameof(WarmupSteps), WarmupSteps ?? 0, "0 or more");
        Need(MinimumLearningRateRatio is >= 0 and <= 1, nameof(MinimumLearningRateRatio), MinimumLearningRateRatio, "from 0 to 1");
        Need(Epochs >= 0, nameof(Epochs), Epochs, "0 or more");
        Need(MaxSteps >= 0, nameof(MaxSteps), MaxSteps, "0 or more");
        Need(BatchSize >= 1, nameof(BatchSize), BatchSize, "1 or more");
        Need(GradientAccumulationSteps >= 1, nameof(GradientAccumulationSteps), GradientAccumulationSteps, "1 or more");
        Need(MaxGradNorm >= 0, nameof(MaxGradNorm), MaxGradNorm, "0 or more");
        Need(WeightDecay >= 0, nameof(WeightDecay), WeightDecay, "0 or more");
        Need(AdamBeta1 is >= 0 and < 1, nameof(AdamBeta1), AdamBeta1, "from 0 to below 1");
        Need(AdamBeta2 is >= 0 and < 1, nameof(AdamBeta2), AdamBeta2, "from 0 to below 1");
        Need(AdamEpsilon > 0, nameof(AdamEpsilon), AdamEpsilon, "above 0");
        Need(MaxSequenceLength >= 2, nameof(MaxSequenceLength), MaxSequenceLength, "2 or more");
        Need(EvaluationSteps >= 0, nameof(EvaluationSteps), EvaluationSteps, "0 or more");
        Need(EarlyStoppingPatience >= 0, nameof(EarlyStoppingPatience), EarlyStoppingPatience, "0 or more");
        Need(double.IsFinite(EarlyStoppingThreshold) && EarlyStoppingThreshold >= 0, nameof(EarlyStoppingThreshold), EarlyStoppingThreshold, "0 or more");
        Need(double.IsFinite(DpoBeta) && DpoBeta > 0, nameof(DpoBeta), DpoBeta, "above 0");
        Need(DpoLabelSmoothing is >= 0 and < 0.5, nameof(DpoLabelSmoothing), DpoLabelSmoothing, "from 0 to below 0.5");
        Need(Threads >= 0, nameof(Threads), Threads, "0 or more");
        Need(CheckpointEverySteps >= 0, nameof(CheckpointEverySteps), CheckpointEverySteps, "0 or more");
        if (Method == TrainingMethod.Lora)
            LoraConfig.CheckTargets(TargetModules);
    }

    private static void Need<T>(bool ok, string name, T value, string expected)
    {
        if (!ok)
            throw new ArgumentException($"{name} is {value}; expected {expected}", name);
    }
}
