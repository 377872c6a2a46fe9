using System.Text.Json;

namespace ModelOps.Engine.ChatTemplates;

/// <summary>What a template renders: the messages as JSON, as a dataset or a request has them.</summary>
/// <param name="Messages">A JSON list of objects with <c>role</c>, <c>content</c>, <c>tool_calls</c>….</param>
/// <param name="Tools">A JSON list of tools; null for none.</param>
public sealed record ChatConversation(JsonElement Messages, JsonElement? Tools = null)
{
    /// <summary>Further variables of the template, such as <c>enable_thinking</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    public static ChatConversation FromMessages(params IEnumerable<(string Role, string Content)> messages) =>
        new(JsonSerializer.SerializeToElement(messages.Select(m => new Dictionary<string, string> { ["role"] = m.Role, ["content"] = m.Content })));

    public static ChatConversation Parse(string messagesJson, string? toolsJson = null) =>
        new(JsonElement.Parse(messagesJson), toolsJson == null ? null : JsonElement.Parse(toolsJson));

    /// <summary>The first messages alone.</summary>
    internal ChatConversation Take(int count) => this with { Messages = JsonSerializer.SerializeToElement(Messages.EnumerateArray().Take(count)) };
}
