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
        var renderer = ConversationRenderer.Load(request.Model);
        var lines = LineFile.Read<PromptLine>(request.Rows);
        var lengths = Conversations.Map(lines, request.Threads, c => renderer.Render(c).Tokens.Length, cancellation);
        return result with
        {
            Rows = lines.Count,
            Tokens = lengths.Sum(l => (long)l),
            LongestRow = lengths.DefaultIfEmpty(0).Max(),
            CutRows = request.MaxSequenceLength > 0 ? lengths.Count(l => l > request.MaxSequenceLength) : 0,
        };
    }
}
