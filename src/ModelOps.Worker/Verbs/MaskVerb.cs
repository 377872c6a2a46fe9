using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Training;

namespace ModelOps.Worker.Verbs;

/// <summary>For people: the tokens of each conversation and which of them training scores.</summary>
internal static class MaskVerb
{
    private sealed record MaskLine(string Id, IReadOnlyList<int> Ids, IReadOnlyList<string?> Tokens, IReadOnlyList<int> Scored);

    public static ResultEvent Run(MaskRequest request, CancellationToken cancellation)
    {
        using ChatModel model = ChatModel.Open(request.Model);
        Conversations conversations = Conversations.Read(request.Input);
        IReadOnlyList<TrainingExample> rows = conversations.Examples(model);
        cancellation.ThrowIfCancellationRequested();
        LineFile.Write(request.Output, rows.Select((row, i) => new MaskLine(
            conversations.Lines[i].Id, row.Tokens, [.. row.Tokens.Select(model.Tokenizer.TokenOf)], [.. row.Scored.Select(scored => scored ? 1 : 0)])));
        return new ResultEvent { Rows = rows.Count, Tokens = rows.Sum(row => (long)row.Tokens.Length) };
    }
}
