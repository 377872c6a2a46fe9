using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;

namespace ModelOps.Worker.Verbs;

/// <summary>For people: each conversation as the chat template renders it; with the generation prompt when an answer is still to come.</summary>
internal static class RenderVerb
{
    private sealed record RenderLine(string Id, string Text);

    public static ResultEvent Run(RenderRequest request, CancellationToken cancellation)
    {
        ChatTemplate template = ChatTemplate.Load(request.Model);
        Conversations conversations = Conversations.Read(request.Input);
        int index = 0;
        IReadOnlyList<RenderLine> output = conversations.Each(conversation =>
        {
            cancellation.ThrowIfCancellationRequested();
            PromptLine line = conversations.Lines[index++];
            return new RenderLine(line.Id, template.Render(conversation, addGenerationPrompt: line.Messages[^1].Role != "assistant").Text);
        });
        LineFile.Write(request.Output, output);
        return new ResultEvent { Rows = output.Count };
    }
}
