using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;

namespace ModelOps.Worker.Verbs;

/// <summary>For people: each conversation as the chat template renders it; one that the assistant does not end gets the prompt for an answer.</summary>
internal static class RenderVerb
{
    public static ResultEvent Run(RenderRequest request, CancellationToken cancellation)
    {
        var template = ChatTemplate.Load(request.Model);
        var lines = LineFile.Read<PromptLine>(request.Input);
        var texts = Conversations.Map(lines, request.Threads, c => template.Render(c, addGenerationPrompt: !EndsWithAssistant(c)).Text, cancellation);
        LineFile.Write(request.Output, lines.Zip(texts, (line, text) => new RenderedLine(line.Value.Id, text)));
        return new ResultEvent { Rows = lines.Count };
    }

    private static bool EndsWithAssistant(ChatConversation conversation) =>
        conversation.Messages.EnumerateArray().LastOrDefault() is { ValueKind: System.Text.Json.JsonValueKind.Object } last
        && last.GetProperty("role").GetString() == "assistant";

    private sealed record RenderedLine(string Id, string Text);
}
