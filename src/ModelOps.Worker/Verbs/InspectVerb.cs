using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker.Verbs;

/// <summary>Opens a model, proves that rows can be trained on with it, and counts their tokens; writes nothing.</summary>
internal static class InspectVerb
{
    public static ResultEvent Run(InspectRequest request, EventWriter events, CancellationToken cancellation)
    {
        if (request.TargetModules is { } targets)
            TrainSettings.Check(new TrainingOptions { TargetModules = targets });
        using var model = LlamaModel.Load(request.Model);
        var config = model.Config;
        using var adapter = request.Adapter is { } folder ? LoraAdapter.Load(folder, config) : null;
        long cacheBytes = 2L * config.LayerCount * config.KeyValueSize * config.MaxPositions * sizeof(float);
        var result = new ResultEvent
        {
            Architecture = config.ModelType,
            Parameters = config.ParameterCount,
            Model = new ModelDescription(
                config.ModelType, config.ParameterCount, model.Storage, model.WeightBytes, config.LayerCount, config.HiddenSize, config.VocabularySize,
                config.MaxPositions, model.WeightBytes + cacheBytes, adapter?.ParameterCount),
        };
        if (request.MaxSequenceLength > model.Config.MaxPositions)
            events.Warning($"MaxSequenceLength is {request.MaxSequenceLength}, but the model was made for {model.Config.MaxPositions} positions");
        if (request.Rows is null)
            return result;
        var lengths = Lengths(request, cancellation);
        if (request.Output is { } output)
            LineFile.Write(output, lengths);
        return result with
        {
            Rows = lengths.Count,
            Tokens = lengths.Sum(l => (long)l.Tokens),
            LongestRow = lengths.Select(l => l.Tokens).DefaultIfEmpty(0).Max(),
            CutRows = request.MaxSequenceLength > 0 ? lengths.Count(l => l.Tokens > request.MaxSequenceLength) : 0,
        };
    }

    private static List<LengthLine> Lengths(InspectRequest request, CancellationToken cancellation)
    {
        var renderer = ConversationRenderer.Load(request.Model);
        int most = request.MaxSequenceLength > 0 ? request.MaxSequenceLength : int.MaxValue;
        if (!TrainSettings.IsPreference(new TrainOptions { Objective = request.Objective }))
        {
            var rows = LineFile.Read<PromptLine>(request.Rows!);
            return [.. rows.Zip(Conversations.Examples(rows, renderer, request.Threads, cancellation), (row, example) => Length(row.Value.Id, example, most))];
        }

        var pairs = LineFile.Read<PreferenceLine>(request.Rows!);
        return [.. pairs.Zip(Conversations.Pairs(pairs, renderer, request.Threads, cancellation), (row, pair) =>
        {
            LengthLine chosen = Length(row.Value.Id, pair.Chosen, most), rejected = Length(row.Value.Id, pair.Rejected, most);
            return (chosen.Learned <= rejected.Learned ? chosen : rejected) with { Tokens = Math.Max(chosen.Tokens, rejected.Tokens) };
        })];
    }

    private static LengthLine Length(string id, TrainingExample example, int most) => new(
        id, example.Tokens.Length, example.Scored.Count(s => s), example.Scored.AsSpan(0, Math.Min(most, example.Scored.Length)).Count(true));
}
