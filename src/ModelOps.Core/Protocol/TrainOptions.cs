using System.Text.Json.Serialization;

namespace ModelOps.Core.Protocol;

/// <summary>Hyper-parameters as typed values; each one is part of the training key.</summary>
public sealed record TrainOptions
{
    /// <summary><c>lora</c>, <c>qlora</c> (the same over a base model whose linear weights are held quantised) or <c>full</c>.</summary>
    public string Method { get; init; } = "lora";

    /// <summary>
    /// <c>sft</c> learns the answers of conversations; <c>dpo</c> learns from preference pairs which of two answers is better (Rafailov et
    /// al., 2023, arXiv:2305.18290).
    /// </summary>
    public string Objective { get; init; } = "sft";

    /// <summary>How close <c>dpo</c> stays to the model before training; above 0, the larger the closer.</summary>
    public double DpoBeta { get; init; } = 0.1;

    /// <summary>Share of preference pairs that <c>dpo</c> takes to be the wrong way round, 0 to below 0.5.</summary>
    public double DpoLabelSmoothing { get; init; }

    /// <summary><c>nf4</c> or <c>int8</c>; only for <c>qlora</c> (Dettmers et al., 2023, arXiv:2305.14314).</summary>
    public string QuantizationType { get; init; } = "nf4";

    /// <summary>Rank r of the update, 1 or more (Hu et al., 2021, arXiv:2106.09685).</summary>
    public int LoraRank { get; init; } = 16;

    /// <summary>The update is scaled by alpha / r, or by alpha / sqrt(r) with <see cref="UseRsLora"/>.</summary>
    public double LoraAlpha { get; init; } = 32;

    /// <summary>Dropout on the adapter's input, 0 inclusive to 1 exclusive.</summary>
    public double LoraDropout { get; init; }

    /// <summary>Linear layers that get an adapter, in PEFT's names.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = Protocol.TargetModules.Known;

    /// <summary>Rank-stabilised scaling (Kalajdzievski, 2023, arXiv:2312.03732).</summary>
    public bool UseRsLora { get; init; }

    public double LearningRate { get; init; } = 1e-3;

    /// <summary><c>cosine</c>, <c>linear</c> or <c>constant</c>.</summary>
    public string Schedule { get; init; } = "cosine";

    /// <summary>Share of all steps spent warming up linearly, 0 to 1.</summary>
    public double WarmupRatio { get; init; } = 0.05;

    public int Epochs { get; init; } = 3;

    /// <summary>Stops after so many optimizer steps; 0 means never.</summary>
    public int MaxSteps { get; init; }

    /// <summary>Rows per forward pass, whatever the packing.</summary>
    public int BatchSize { get; init; } = 16;

    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Global gradient norm above which gradients are scaled down; 0 means never.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Decoupled weight decay (Loshchilov and Hutter, 2019, arXiv:1711.05101); norms are exempt.</summary>
    public double WeightDecay { get; init; }

    public double AdamBeta1 { get; init; } = 0.9;

    public double AdamBeta2 { get; init; } = 0.999;

    public double AdamEpsilon { get; init; } = 1e-8;

    public ulong Seed { get; init; } = 42;

    /// <summary>Longest row in tokens; longer rows are cut at the end, with a warning.</summary>
    public int MaxSequenceLength { get; init; } = 512;

    /// <summary>Keeps the order of the rows (curricula) instead of the seeded permutation.</summary>
    public bool PreserveDataOrder { get; init; }

    /// <summary>Measures the validation rows every so many steps and after the last one; 0: after each epoch.</summary>
    public int EvaluationSteps { get; init; }

    /// <summary>Stops after so many evaluations in a row without progress of the validation loss and returns the best weights; 0 means never.</summary>
    public int EarlyStoppingPatience { get; init; }

    /// <summary>How far below the lowest validation loss an evaluation must lie to count as progress.</summary>
    public double EarlyStoppingThreshold { get; init; }

    /// <summary>Returns the weights with the lowest validation loss instead of the last ones.</summary>
    public bool LoadBestModelAtEnd { get; init; }

    /// <summary>Validation rows decide about the result.</summary>
    [JsonIgnore]
    public bool ChoosesByValidation => LoadBestModelAtEnd || EarlyStoppingPatience > 0;

    /// <summary>Writes a checkpoint every so many steps; 0 means never. Not part of the key: it changes no result.</summary>
    public int CheckpointEverySteps { get; init; }
}
