using System.Runtime.InteropServices;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;
using ModelOps.Worker.Torch.Network;

namespace ModelOps.Worker.Torch;

/// <summary>The verbs' models on TorchSharp.</summary>
internal sealed class TorchComputation : IComputation
{
    private readonly TorchDevice _device;
    private (LlamaModel Model, TorchNetwork Network)? _scoring;

    public TorchComputation(EventWriter events)
    {
        _device = TorchLibrary.Open();
        events.Info($"computes on {_device.Word} with {TorchDevice.Versions}");
    }

    public Diagnostic? RefusesQuantization => TorchErrors.NoQuantization();

    public TrainingResult Supervise(
        LlamaModel model, IReadOnlyList<TrainingExample> rows, IReadOnlyList<TrainingExample> validation, TrainingOptions options,
        IProgress<TrainingProgress> progress, CancellationToken cancellation) => TorchTrainer.Supervise(model, rows, validation, options, _device, progress, cancellation);

    public TrainingResult Prefer(
        LlamaModel model, IReadOnlyList<PreferenceExample> pairs, IReadOnlyList<PreferenceExample> validation, TrainingOptions options,
        IProgress<TrainingProgress> progress, CancellationToken cancellation) => TorchTrainer.Prefer(model, pairs, validation, options, _device, progress, cancellation);

    public IReadOnlyList<GeneratedRow> Generate(
        LlamaModel model, IReadOnlyList<LoraAdapter> adapters, int threads, IReadOnlyList<GenerationPrompt> prompts, GenerationOptions options,
        Action<int, GeneratedRow> done, CancellationToken cancellation)
    {
        UseThreads(threads);
        using var network = new TorchNetwork(model, adapters, trained: null, _device);
        return new TorchGenerator(network).Generate(prompts, options, done, cancellation);
    }

    public IReadOnlyList<IReadOnlyList<TokenScore>> Score(
        LlamaModel model, LoraAdapter? adapter, int threads, IReadOnlyList<TrainingExample> rows, CancellationToken cancellation)
    {
        UseThreads(threads);
        if (_scoring?.Model != model)
        {
            _scoring?.Network.Dispose();
            _scoring = (model, new TorchNetwork(model, adapter is null ? [] : [adapter], trained: null, _device));
        }

        return TorchScorer.Score(_scoring.Value.Network, rows, cancellation);
    }

    public Failure? FailureOf(Exception exception) => exception is not ExternalException failed ? null
        : failed.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) ? new Failure(TorchErrors.OutOfDeviceMemory(FirstLine(failed)), WorkerExitCode.BadData)
        : new Failure(TorchErrors.LibraryFailed(FirstLine(failed)), WorkerExitCode.BadData);

    public void Dispose() => _scoring?.Network.Dispose();

    /// <summary>libtorch divides sums of one shape in one way, whatever the number of threads.</summary>
    public static void UseThreads(int threads) => torch.set_num_threads(threads > 0 ? threads : Environment.ProcessorCount);

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0];
}
