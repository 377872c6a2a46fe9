using ModelOps.Core.Diagnostics;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>
/// What runs models behind the verbs: the engine (<see cref="EngineComputation"/>), or another library in a worker of its own. Files, tokens,
/// templates, masks, events and output are the same for all of them.
/// </summary>
internal interface IComputation : IDisposable
{
    /// <summary>Null where it can hold a model's linear weights quantised; else why not.</summary>
    Diagnostic? RefusesQuantization { get; }

    /// <summary>As <see cref="SupervisedTrainer.Run"/>; a full run leaves the trained weights in <paramref name="model"/>.</summary>
    TrainingResult Supervise(
        LlamaModel model, IReadOnlyList<TrainingExample> rows, IReadOnlyList<TrainingExample> validation, TrainingOptions options,
        IProgress<TrainingProgress> progress, CancellationToken cancellation);

    /// <summary>As <see cref="PreferenceTrainer.Run"/>.</summary>
    TrainingResult Prefer(
        LlamaModel model, IReadOnlyList<PreferenceExample> pairs, IReadOnlyList<PreferenceExample> validation, TrainingOptions options,
        IProgress<TrainingProgress> progress, CancellationToken cancellation);

    /// <summary>As <see cref="Generator.Generate"/>.</summary>
    IReadOnlyList<GeneratedRow> Generate(
        LlamaModel model, IReadOnlyList<LoraAdapter> adapters, int threads, IReadOnlyList<GenerationPrompt> prompts, GenerationOptions options,
        Action<int, GeneratedRow> done, CancellationToken cancellation);

    /// <summary>As <see cref="Scorer.ScoreTokens"/>.</summary>
    IReadOnlyList<IReadOnlyList<TokenScore>> Score(
        LlamaModel model, LoraAdapter? adapter, int threads, IReadOnlyList<TrainingExample> rows, CancellationToken cancellation);

    /// <summary>What the library throws where it was to be expected; null for everything else.</summary>
    Failure? FailureOf(Exception exception);
}
