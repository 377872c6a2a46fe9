using ModelOps.Engine.Models;
using ModelOps.Engine.Training;
using TinyBase.Tokenizer;

namespace TinyBase.Training;

/// <summary>Every number that decides the model.</summary>
internal static class Recipe
{
    public const ulong Seed = 20261120;

    /// <summary>Longest sequence, in tokens; no document of the corpus comes near it.</summary>
    public const int ContextLength = 2048;

    public const int MaxTrainingLength = 1536;

    /// <summary>Steps at the full learning rate; how many fit was decided by the clock, once.</summary>
    public const int StableSteps = 4000;

    /// <summary>Steps in which the rate falls to nothing (warm-up, stable, decay: Hu et al., 2024, arXiv:2404.06395).</summary>
    public const int DecaySteps = 400;

    public const int DocumentsPerStep = 48;

    /// <summary>Documents in the training corpus, each read once.</summary>
    public const int Documents = (StableSteps + DecaySteps) * DocumentsPerStep;

    /// <summary>Documents that lean on words and short texts, before the full mixture begins.</summary>
    public const int EarlyDocuments = 20_000;

    /// <summary>Documents from which the vocabulary is learnt.</summary>
    public const int TokenizerDocuments = 40_000;

    public const int VocabularySize = 6144;

    public static LlamaConfig Architecture { get; } = new()
    {
        HiddenSize = 256, LayerCount = 4, HeadCount = 4, KeyValueHeadCount = 2, HeadSize = 64, IntermediateSize = 640,
        VocabularySize = VocabularySize, NormEpsilon = 1e-5f, RopeTheta = 10000, MaxPositions = ContextLength, TieWordEmbeddings = true,
        EosTokenIds = [TokenizerFiles.TurnEndId, TokenizerFiles.EndOfTextId],
    };

    public static TrainingOptions Stable { get; } = new()
    {
        Method = TrainingMethod.Full, LearningRate = 2e-3, Schedule = LearningRateSchedule.Constant, WarmupSteps = 60,
        Epochs = 1, BatchSize = DocumentsPerStep, MaxGradNorm = 1, WeightDecay = 0.05, AdamBeta1 = 0.9, AdamBeta2 = 0.95,
        Seed = Seed, MaxSequenceLength = MaxTrainingLength, PreserveDataOrder = true,
    };

    public static TrainingOptions Decay { get; } = Stable with { Schedule = LearningRateSchedule.Linear, WarmupSteps = 15, MinimumLearningRateRatio = 0.02 };
}
