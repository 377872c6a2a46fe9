using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker.Verbs;

/// <summary>Opens a model the way training would, and counts the tokens of a row file.</summary>
internal static class InspectVerb
{
    public static ResultEvent Run(InspectRequest request)
    {
        using ChatModel model = ChatModel.Open(request.Model);
        long? trainable = null;
        if (request.TargetModules is { } targets)
        {
            using LoraAdapter adapter = LoraAdapter.Create(model.Model.Config, new LoraConfig { Rank = 1, Alpha = 1, TargetModules = targets }, seed: 0);
            trainable = adapter.ParameterCount;
        }

        IReadOnlyList<TrainingExample> rows = request.Rows is null ? [] : Conversations.Read(request.Rows).Examples(model);
        return new ResultEvent
        {
            Architecture = model.Model.Config.ModelType,
            Parameters = model.Model.ParameterCount,
            TrainableParameters = trainable,
            Rows = request.Rows is null ? null : rows.Count,
            Tokens = request.Rows is null ? null : rows.Sum(row => (long)row.Tokens.Length),
            LongestRow = rows.Count == 0 ? null : rows.Max(row => row.Tokens.Length),
            CutRows = request.MaxSequenceLength > 0 && rows.Count > 0 ? rows.Count(row => row.Tokens.Length > request.MaxSequenceLength) : null,
        };
    }
}
