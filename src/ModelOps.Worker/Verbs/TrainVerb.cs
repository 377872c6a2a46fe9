using System.Diagnostics;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker.Verbs;

/// <summary>Fine-tunes a model on rows; the output folder appears when it is complete.</summary>
internal static class TrainVerb
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(250);

    public static ResultEvent Run(TrainRequest request, EventWriter events, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var options = TrainSettings.Convert(request);
        var renderer = ConversationRenderer.Load(request.Model);
        using var model = LlamaModel.Load(request.Model, TrainSettings.Quantization(request.Options), request.Threads);
        var rows = LineFile.Read<PromptLine>(request.Train);
        List<Numbered<PromptLine>> validationRows = request.Validation is { } path ? LineFile.Read<PromptLine>(path) : [];
        var examples = Conversations.Examples(rows, renderer, request.Threads, cancellation);
        var validation = Conversations.Examples(validationRows, renderer, request.Threads, cancellation);
        events.Info($"{rows.Count} rows, {examples.Sum(e => (long)e.Tokens.Length)} tokens, of which {examples.Sum(e => (long)e.Scored.Count(s => s))} are learnt; {SupervisedTrainer.CountSteps(options, rows.Count)} steps");
        var result = Conversations.AtLine(
            () => SupervisedTrainer.Run(model, examples, validation, options, new Reporter(events, rows.Count, options), cancellation: cancellation),
            rows, validationRows);
        Report(result, rows.Count, options, events);
        Save(request, model, result);
        return new ResultEvent
        {
            Steps = result.Steps.Count,
            Tokens = result.Steps.Sum(s => (long)s.Tokens),
            Rows = rows.Count,
            Seconds = clock.Elapsed.TotalSeconds,
            FinalLoss = result.Steps.Count == 0 ? null : result.Steps[^1].Loss,
            Architecture = model.Config.ModelType,
            Parameters = model.Config.ParameterCount,
            TrainableParameters = result.TrainableParameters,
            CutRows = result.TruncatedRows,
        };
    }

    private static void Report(TrainingResult result, int rows, TrainingOptions options, EventWriter events)
    {
        if (result.ResumedFromStep > 0)
            events.Info($"continued after step {result.ResumedFromStep}, from the checkpoint");
        if (result.TruncatedRows > 0)
            events.Warning($"{result.TruncatedRows} of {rows} rows are longer than MaxSequenceLength ({options.MaxSequenceLength} tokens) and were cut at the end: the model does not learn how these answers end");
        foreach (var epoch in result.Epochs)
        {
            events.Write(new MetricEvent { Name = "training_loss", Value = epoch.TrainingLoss, Epoch = epoch.Epoch + 1 });
            if (epoch.ValidationLoss is { } loss)
                events.Write(new MetricEvent { Name = "validation_loss", Value = loss, Epoch = epoch.Epoch + 1 });
        }
    }

    private static void Save(TrainRequest request, LlamaModel model, TrainingResult result)
    {
        string prepared = $"{request.Output}.{Environment.ProcessId:x}.tmp";
        try
        {
            if (result.Adapter is { } adapter)
                adapter.Save(prepared);
            else
                ModelFolder.Save(model, request.Model, prepared);
            TrainingRecord.Write(Path.Combine(prepared, TrainingRecord.FileName), result);
            FolderSwap.Replace(request.Output, prepared);
        }
        finally
        {
            FolderSwap.Delete(prepared);
        }
    }

    /// <summary>A few progress events a second, and the last one always.</summary>
    private sealed class Reporter(EventWriter events, int rows, TrainingOptions options) : IProgress<TrainingProgress>
    {
        private long _last;

        public void Report(TrainingProgress value)
        {
            if (value.Step < value.TotalSteps && _last != 0 && Stopwatch.GetElapsedTime(_last) < s_progressInterval)
                return;
            _last = Stopwatch.GetTimestamp();
            double stepsPerEpoch = Math.Max(1, Math.Ceiling(rows / (double)(options.BatchSize * options.GradientAccumulationSteps)));
            events.Write(new ProgressEvent
            {
                Step = value.Step,
                Steps = value.TotalSteps,
                Epoch = value.Step / stepsPerEpoch,
                Loss = value.Loss,
                TokensPerSecond = value.TokensPerSecond,
                EtaSeconds = value.Remaining.TotalSeconds,
            });
        }
    }
}
