using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;

namespace ModelOps.Worker.Verbs;

/// <summary>For people: the tokens of each conversation, which of them training scores, and the scored text.</summary>
internal static class MaskVerb
{
    public static ResultEvent Run(MaskRequest request, CancellationToken cancellation)
    {
        var renderer = ConversationRenderer.Load(request.Model);
        var lines = LineFile.Read<PromptLine>(request.Input);
        var rows = Conversations.Map(lines, request.Threads, c => renderer.Render(c), cancellation);
        LineFile.Write(request.Output, lines.Zip(rows, (line, row) => new MaskedLine(
            line.Value.Id, row.Tokens, [.. row.IsAssistant.Select(a => a ? 1 : 0)],
            renderer.Tokenizer.Decode([.. row.Tokens.Where((_, i) => row.IsAssistant[i])]))));
        return new ResultEvent { Rows = lines.Count, Tokens = rows.Sum(r => (long)r.Tokens.Length) };
    }

    private sealed record MaskedLine(string Id, int[] Ids, int[] Mask, string Scored);
}
