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
    public static ResultEvent Run(TrainRequest request, IComputation computation, EventWriter events, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var options = TrainSettings.Convert(request);
        var renderer = ConversationRenderer.Load(request.Model);
        using var model = LlamaModel.Load(request.Model, TrainSettings.Quantization(request.Options, computation), request.Threads);
        bool pairs = TrainSettings.IsPreference(request.Options);
        var (rows, result) = pairs
            ? Prefer(request, model, options, renderer, computation, events, cancellation)
            : Supervise(request, model, options, renderer, computation, events, cancellation);
        Save(request, model, result);
        return new ResultEvent
        {
            Steps = result.Steps.Count,
            Tokens = result.Steps.Sum(s => (long)s.Tokens),
            Rows = rows,
            Seconds = clock.Elapsed.TotalSeconds,
            FinalLoss = result.Steps.Count == 0 ? null : result.Steps[^1].Loss,
            Architecture = model.Config.ModelType,
            Parameters = model.Config.ParameterCount,
            TrainableParameters = result.TrainableParameters,
            CutRows = result.TruncatedRows,
        };
    }

    private static (int Rows, TrainingResult Result) Supervise(
        TrainRequest request, LlamaModel model, TrainingOptions options, ConversationRenderer renderer, IComputation computation, EventWriter events, CancellationToken cancellation)
    {
        var rows = LineFile.Read<PromptLine>(request.Train);
        List<Numbered<PromptLine>> validationRows = request.Validation is { } path ? LineFile.Read<PromptLine>(path) : [];
        var examples = Conversations.Examples(rows, renderer, request.Threads, cancellation);
        var validation = Conversations.Examples(validationRows, renderer, request.Threads, cancellation);
        Announce(rows.Count, "rows", examples, options, events);
        var reporter = new TrainingReporter(events, rows.Count, options);
        var result = Conversations.AtLine(
            () => computation.Supervise(model, examples, validation, options, reporter, cancellation), rows, validationRows);
        reporter.Finish(result);
        return (rows.Count, result);
    }

    private static (int Rows, TrainingResult Result) Prefer(
        TrainRequest request, LlamaModel model, TrainingOptions options, ConversationRenderer renderer, IComputation computation, EventWriter events, CancellationToken cancellation)
    {
        var rows = LineFile.Read<PreferenceLine>(request.Train);
        List<Numbered<PreferenceLine>> validationRows = request.Validation is { } path ? LineFile.Read<PreferenceLine>(path) : [];
        var pairs = Conversations.Pairs(rows, renderer, request.Threads, cancellation);
        var validation = Conversations.Pairs(validationRows, renderer, request.Threads, cancellation);
        Announce(rows.Count, "preference pairs", pairs.SelectMany(p => new[] { p.Chosen, p.Rejected }), options, events);
        var reporter = new TrainingReporter(events, rows.Count, options);
        var result = Conversations.AtLine(
            () => computation.Prefer(model, pairs, validation, options, reporter, cancellation), rows, validationRows);
        reporter.Finish(result);
        return (rows.Count, result);
    }

    private static void Announce(int count, string what, IEnumerable<TrainingExample> examples, TrainingOptions options, EventWriter events) => events.Info(
        $"{count} {what}, {examples.Sum(e => (long)e.Tokens.Length)} tokens, of which {examples.Sum(e => (long)e.Scored.Count(s => s))} are learnt; {SupervisedTrainer.CountSteps(options, count)} steps");

    private static void Save(TrainRequest request, LlamaModel model, TrainingResult result)
    {
        string prepared = $"{request.Output}.{Environment.ProcessId:x}.tmp";
        try
        {
            if (result.Adapter is { } adapter)
                adapter.Save(prepared);
            else
                ModelFolder.Save(model, request.Model, prepared);
            TrainingRecord.Write(Path.Combine(prepared, TrainingRecord.FileName), result, request.Options.ChoosesByValidation);
            FolderSwap.Replace(request.Output, prepared);
        }
        finally
        {
            FolderSwap.Delete(prepared);
        }
    }
}
