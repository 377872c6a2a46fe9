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

    public const int MaxTrainingLength = 768;

    /// <summary>Documents in the training corpus, each read once.</summary>
    public const int Documents = StepCount * DocumentsPerStep;

    public const int StepCount = 800;

    public const int DocumentsPerStep = 112;

    /// <summary>Documents from which the vocabulary is learnt.</summary>
    public const int TokenizerDocuments = 40_000;

    public const int VocabularySize = 6144;

    public static LlamaConfig Architecture { get; } = new()
    {
        HiddenSize = 256, LayerCount = 5, HeadCount = 4, KeyValueHeadCount = 2, HeadSize = 64, IntermediateSize = 576,
        VocabularySize = VocabularySize, NormEpsilon = 1e-5f, RopeTheta = 10000, MaxPositions = ContextLength, TieWordEmbeddings = true,
        EosTokenIds = [TokenizerFiles.TurnEndId, TokenizerFiles.EndOfTextId],
    };

    public static TrainingOptions Options { get; } = new()
    {
        Method = TrainingMethod.Full, LearningRate = 2e-3, Schedule = LearningRateSchedule.Cosine, WarmupSteps = 30, MinimumLearningRateRatio = 0.05,
        Epochs = 1, BatchSize = DocumentsPerStep, MaxGradNorm = 1, WeightDecay = 0.05, AdamBeta1 = 0.9, AdamBeta2 = 0.95,
        Seed = Seed, MaxSequenceLength = MaxTrainingLength, PreserveDataOrder = true,
    };
}
