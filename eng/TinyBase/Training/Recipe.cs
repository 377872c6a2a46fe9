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

    /// <summary>Training has six phases, each with its own optimizer state and warm-up; ahead of the third the model grows.</summary>
    public static IReadOnlyList<Phase> Phases { get; } =
    [
        new("language", LanguageSteps, Stable),
        new("context", ContextSteps, Stable with { LearningRate = 1.5e-3, WarmupSteps = 30 }),
        new("grown", GrownSteps, Stable with { LearningRate = 1.2e-3, WarmupSteps = 30 }),
        new("recall", RecallSteps, Stable with { WarmupSteps = 15 }),
        new("main", MainSteps, Stable with { LearningRate = 1.2e-3, WarmupSteps = 15 }),
        new("decay", DecaySteps, Stable with { LearningRate = 1.2e-3, Schedule = LearningRateSchedule.Linear, WarmupSteps = 10, MinimumLearningRateRatio = 0.02 }),
    ];

    public const int GrowsBeforePhase = 2;

    public const int LanguageSteps = 1200;

    public const int ContextSteps = 1600;

    public const int GrownSteps = 100;

    public const int RecallSteps = 250;

    /// <summary>How many steps fit was decided by the clock, once.</summary>
    public const int MainSteps = 2000;

    /// <summary>Steps in which the rate falls to nothing (warm-up, stable, decay: Hu et al., 2024, arXiv:2404.06395).</summary>
    public const int DecaySteps = 200;

    public const int DocumentsPerStep = 48;

    /// <summary>Documents in the training corpus, each read once.</summary>
    public const int Documents = (LanguageSteps + ContextSteps + GrownSteps + RecallSteps + MainSteps + DecaySteps) * DocumentsPerStep;

    /// <summary>Where the parts of the corpus end (see CorpusGenerator).</summary>
    public const int WordDocuments = 20_000;
    public const int FirstDocuments = LanguageSteps * DocumentsPerStep;
    public const int FirstRecallDocument = FirstDocuments + (ContextSteps + GrownSteps) * DocumentsPerStep;
    public const int RecallDocuments = FirstRecallDocument + RecallSteps * DocumentsPerStep;
    public const int TransferDocuments = RecallDocuments + 200 * DocumentsPerStep;
    public const int LookingBackDocuments = FirstDocuments + 500 * DocumentsPerStep;

    /// <summary>Documents from which the vocabulary is learnt.</summary>
    public const int TokenizerDocuments = 40_000;

    public const int VocabularySize = 6144;

    /// <summary>The architecture at the start.</summary>
    public static LlamaConfig FirstArchitecture { get; } = new()
    {
        HiddenSize = 256, LayerCount = 4, HeadCount = 4, KeyValueHeadCount = 2, HeadSize = 64, IntermediateSize = 640,
        VocabularySize = VocabularySize, NormEpsilon = 1e-5f, RopeTheta = 10000, MaxPositions = ContextLength, TieWordEmbeddings = true,
        EosTokenIds = [TokenizerFiles.TurnEndId, TokenizerFiles.EndOfTextId],
    };

    /// <summary>The architecture of the model that is shipped.</summary>
    public static LlamaConfig Architecture { get; } = FirstArchitecture with { HeadCount = 6, KeyValueHeadCount = 3 };

    private static TrainingOptions Stable => new()
    {
        Method = TrainingMethod.Full, LearningRate = 2e-3, Schedule = LearningRateSchedule.Constant, WarmupSteps = 60,
        Epochs = 1, BatchSize = DocumentsPerStep, MaxGradNorm = 1, WeightDecay = 0.05, AdamBeta1 = 0.9, AdamBeta2 = 0.95,
        Seed = Seed, MaxSequenceLength = MaxTrainingLength, PreserveDataOrder = true,
    };
}

/// <summary>A run of steps under one learning-rate schedule.</summary>
internal sealed record Phase(string Name, int Steps, TrainingOptions Options);
