using System.Diagnostics;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker.Verbs;

/// <summary>Trains an adapter, or a full model, into a folder that appears only when it is complete.</summary>
internal static class TrainVerb
{
    private static readonly JsonSerializerOptions s_json = new(WorkerJson.Options) { WriteIndented = true, NewLine = "\n" };

    public static ResultEvent Run(TrainRequest request, EventWriter events, CancellationToken cancellation)
    {
        using ChatModel model = ChatModel.Open(request.Model);
        TrainingOptions options = ToEngine(request);
        Conversations rows = Conversations.Read(request.Train);
        IReadOnlyList<TrainingExample> examples = rows.Examples(model);
        IReadOnlyList<TrainingExample> validation = request.Validation is null ? [] : Conversations.Read(request.Validation).Examples(model);
        long started = Stopwatch.GetTimestamp();
        TrainingResult result;
        try
        {
            result = SupervisedTrainer.Run(model.Model, examples, validation, options, new TrainingObserver(events, options), cancellation: cancellation);
        }
        catch (TrainingDataException e)
        {
            throw new DiagnosticException(WorkerDiagnostics.BadRow(request.Train, e.Row + 1, e.Message), e);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (TrainingEpoch epoch in result.Epochs.Where(e => e.ValidationLoss is not null))
        {
            events.Write(new MetricEvent { Name = "validation_loss", Value = epoch.ValidationLoss!.Value, Epoch = epoch.Epoch + 1 });
        }

        if (result.TruncatedRows > 0)
        {
            events.Warn($"{result.TruncatedRows} training rows are longer than MaxSequenceLength ({options.MaxSequenceLength} tokens) and were cut at their end.");
        }

        Save(request, model, result);
        result.Adapter?.Dispose();
        return new ResultEvent
        {
            Steps = result.Steps.Count,
            Tokens = result.Steps.Sum(s => (long)s.Tokens),
            Rows = examples.Count,
            Seconds = Math.Round(seconds, 3),
            FinalLoss = result.Steps.Count > 0 ? result.Steps[^1].Loss : null,
            TrainableParameters = result.TrainableParameters,
        };
    }

    private static void Save(TrainRequest request, ChatModel model, TrainingResult result)
    {
        string temporary = $"{Path.TrimEndingDirectorySeparator(request.Output)}.{Environment.ProcessId}.tmp";
        Directory.CreateDirectory(temporary);
        if (result.Adapter is { } adapter)
        {
            adapter.Save(temporary);
        }
        else
        {
            model.Model.Save(temporary, StorageFormat.BF16);
            foreach (string file in Directory.EnumerateFiles(request.Model).Where(IsText))
            {
                File.Copy(file, Path.Combine(temporary, Path.GetFileName(file)));
            }
        }

        // What the training rows and the options decide, and nothing else: times are measured, and validation rows are no part of the key that names
        // this folder, so both travel as events alone.
        File.WriteAllText(Path.Combine(temporary, "training.json"), JsonSerializer.Serialize(
            new { steps = result.Steps.Select(s => s.Loss), epochs = result.Epochs.Select(e => new { e.Epoch, e.Step, e.TrainingLoss }) }, s_json) + "\n");
        Directory.Move(temporary, request.Output);

        bool IsText(string file) => Path.GetFileName(file) is "tokenizer.json" or "tokenizer_config.json" or "special_tokens_map.json" or "chat_template.jinja" or "generation_config.json";
    }

    private static TrainingOptions ToEngine(TrainRequest request)
    {
        TrainOptions o = request.Options;
        return new TrainingOptions
        {
            Method = Choice<TrainingMethod>(o.Method, "FineTuneMethod"),
            LoraRank = o.LoraRank,
            LoraAlpha = o.LoraAlpha,
            LoraDropout = o.LoraDropout,
            TargetModules = o.TargetModules,
            UseRsLora = o.UseRsLora,
            LearningRate = o.LearningRate,
            Schedule = Choice<LearningRateSchedule>(o.Schedule, "LearningRateSchedule"),
            WarmupRatio = o.WarmupRatio,
            Epochs = o.Epochs,
            MaxSteps = o.MaxSteps,
            BatchSize = o.BatchSize,
            GradientAccumulationSteps = o.GradientAccumulationSteps,
            MaxGradNorm = o.MaxGradNorm,
            WeightDecay = o.WeightDecay,
            AdamBeta1 = o.AdamBeta1,
            AdamBeta2 = o.AdamBeta2,
            AdamEpsilon = o.AdamEpsilon,
            Seed = o.Seed,
            MaxSequenceLength = o.MaxSequenceLength,
            PreserveDataOrder = o.PreserveDataOrder,
            Threads = request.Threads,
            CheckpointEverySteps = request.Checkpoints is null ? 0 : o.CheckpointEverySteps,
            CheckpointFolder = request.Checkpoints,
        };
    }

    private static T Choice<T>(string text, string name)
        where T : struct, Enum
        => Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) ? value
            : throw new DiagnosticException(WorkerDiagnostics.BadOptions($"{name} is '{text}'; expected {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}"));

    private sealed class TrainingObserver(EventWriter events, TrainingOptions options) : IProgress<TrainingProgress>
    {
        private readonly int _rows = options.BatchSize * options.GradientAccumulationSteps;

        public void Report(TrainingProgress value) => events.Progress(new ProgressEvent
        {
            Step = value.Step,
            Steps = value.TotalSteps,
            Epoch = value.Epoch + 1,
            Loss = Math.Round(value.Loss, 4),
            TokensPerSecond = Math.Round(value.TokensPerSecond, 1),
            RowsPerSecond = value.Tokens > 0 ? Math.Round(value.TokensPerSecond / value.Tokens * _rows, 1) : null,
            EtaSeconds = Math.Round(value.Remaining.TotalSeconds, 1),
        });
    }
}
