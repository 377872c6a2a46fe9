using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>The request's options in the engine's words.</summary>
internal static class TrainSettings
{
    /// <exception cref="DiagnosticException">A value is outside its range or none of the known words.</exception>
    public static TrainingOptions Convert(TrainRequest request)
    {
        var from = request.Options;
        var options = new TrainingOptions
        {
            Method = Word("method", from.Method, ("lora", TrainingMethod.Lora), ("qlora", TrainingMethod.Lora), ("full", TrainingMethod.Full)),
            LoraRank = from.LoraRank,
            LoraAlpha = from.LoraAlpha,
            LoraDropout = from.LoraDropout,
            TargetModules = from.TargetModules,
            UseRsLora = from.UseRsLora,
            LearningRate = from.LearningRate,
            Schedule = Word(
                "schedule", from.Schedule,
                ("cosine", LearningRateSchedule.Cosine), ("linear", LearningRateSchedule.Linear), ("constant", LearningRateSchedule.Constant)),
            WarmupRatio = from.WarmupRatio,
            Epochs = from.Epochs,
            MaxSteps = from.MaxSteps,
            BatchSize = from.BatchSize,
            GradientAccumulationSteps = from.GradientAccumulationSteps,
            MaxGradNorm = from.MaxGradNorm,
            WeightDecay = from.WeightDecay,
            AdamBeta1 = from.AdamBeta1,
            AdamBeta2 = from.AdamBeta2,
            AdamEpsilon = from.AdamEpsilon,
            Seed = from.Seed,
            MaxSequenceLength = from.MaxSequenceLength,
            PreserveDataOrder = from.PreserveDataOrder,
            EvaluationSteps = from.EvaluationSteps,
            EarlyStoppingPatience = from.EarlyStoppingPatience,
            EarlyStoppingThreshold = from.EarlyStoppingThreshold,
            LoadBestModelAtEnd = from.LoadBestModelAtEnd,
            DpoBeta = from.DpoBeta,
            DpoLabelSmoothing = from.DpoLabelSmoothing,
            Threads = request.Threads,
            CheckpointEverySteps = request.Checkpoints is null ? 0 : from.CheckpointEverySteps,
            CheckpointFolder = request.Checkpoints,
        };
        Check(options);
        return options;
    }

    /// <summary>How the base model of a training run is held.</summary>
    /// <exception cref="DiagnosticException">The format is none of the known words, or the worker holds no model quantised.</exception>
    public static WeightQuantization Quantization(TrainOptions options, IComputation computation) =>
        options.Method == "qlora" ? Quantization("quantizationType", options.QuantizationType, computation) : WeightQuantization.None;

    /// <summary>The same of a request that only runs a model; null is as it is stored.</summary>
    public static WeightQuantization Quantization(string name, string? word, IComputation computation)
    {
        var quantization = word is null ? WeightQuantization.None : Word(name, word, ("nf4", WeightQuantization.Nf4), ("int8", WeightQuantization.Int8));
        return quantization != WeightQuantization.None && computation.RefusesQuantization is { } refused ? throw new DiagnosticException(refused) : quantization;
    }

    /// <summary>Learns from preference pairs, not from answers.</summary>
    /// <exception cref="DiagnosticException">The objective is none of the known words.</exception>
    public static bool IsPreference(TrainOptions options) => Word("objective", options.Objective, ("sft", false), ("dpo", true));

    public static void Check(TrainingOptions options)
    {
        try
        {
            options.Check();
        }
        catch (ArgumentException e) when (e is not UnknownTargetModuleException)
        {
            throw new DiagnosticException(WorkerErrors.BadOptions(e.Message), e);
        }
    }

    private static T Word<T>(string name, string value, params (string Word, T Value)[] known)
    {
        foreach (var (word, meaning) in known)
        {
            if (word == value)
                return meaning;
        }

        throw new DiagnosticException(WorkerErrors.BadOptions($"{name} is '{ForeignText.Clean(value, 40)}'; expected one of {string.Join(", ", known.Select(k => k.Word))}"));
    }
}
