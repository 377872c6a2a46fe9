using ModelOps.Core.Diagnostics;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>The embedded engine.</summary>
internal sealed class EngineComputation : IComputation
{
    public Diagnostic? RefusesQuantization => null;

    public TrainingResult Supervise(
        LlamaModel model, IReadOnlyList<TrainingExample> rows, IReadOnlyList<TrainingExample> validation, TrainingOptions options,
        IProgress<TrainingProgress> progress, CancellationToken cancellation) => SupervisedTrainer.Run(model, rows, validation, options, progress, cancellation: cancellation);

    public TrainingResult Prefer(
        LlamaModel model, IReadOnlyList<PreferenceExample> pairs, IReadOnlyList<PreferenceExample> validation, TrainingOptions options,
        IProgress<TrainingProgress> progress, CancellationToken cancellation) => PreferenceTrainer.Run(model, pairs, validation, options, progress, cancellation: cancellation);

    public IReadOnlyList<GeneratedRow> Generate(
        LlamaModel model, IReadOnlyList<LoraAdapter> adapters, int threads, IReadOnlyList<GenerationPrompt> prompts, GenerationOptions options,
        Action<int, GeneratedRow> done, CancellationToken cancellation)
    {
        using var generator = new Generator(model, adapters, threads);
        return generator.Generate(prompts, options, done, cancellation: cancellation);
    }

    public IReadOnlyList<IReadOnlyList<TokenScore>> Score(
        LlamaModel model, LoraAdapter? adapter, int threads, IReadOnlyList<TrainingExample> rows, CancellationToken cancellation)
    {
        using var scorer = new Scorer(model, adapter, threads);
        return scorer.ScoreTokens(rows, cancellation);
    }

    public Failure? FailureOf(Exception exception) => null;

    public void Dispose()
    {
    }
}
