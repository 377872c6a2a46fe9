using System.Text.Json;
using ModelOps.Core.Protocol;

namespace ModelOps.Serve;

/// <summary>The conversation of a request.</summary>
internal static class ChatMessages
{
    private static readonly string[] s_calls = ["tool_calls", "function_call", "audio"];

    public static IReadOnlyList<PromptMessage> Read(RequestPart root)
    {
        RequestPart messages = root.Find("messages") ?? throw ApiError.Bad("messages", "'messages' is missing.");
        List<PromptMessage> read = [.. messages.Items().Select(Message)];
        return read.Count > 0 ? read : throw ApiError.Bad("messages", "'messages' is empty.");
    }

    private static PromptMessage Message(RequestPart message)
    {
        message.RequireObject();
        string role = message.Text("role") switch
        {
            "system" or "developer" => "system",
            "user" => "user",
            "assistant" => "assistant",
            "tool" or "function" => throw ApiError.Unsupported($"{message.Path}.role", "the models of packages call no tools"),
            _ => throw ApiError.Bad($"{message.Path}.role", $"'{message.Path}.role' is one of system, developer, user and assistant."),
        };
        foreach (string call in s_calls.Where(name => message.Find(name) is not null))
        {
            throw ApiError.Unsupported($"{message.Path}.{call}", "the models of packages call no tools and hear nothing");
        }

        return new PromptMessage(role, Content(message));
    }

    private static string Content(RequestPart message)
    {
        RequestPart content = message.Find("content") ?? throw ApiError.Bad($"{message.Path}.content", $"'{message.Path}.content' is missing.");
        return content.Element.ValueKind == JsonValueKind.Array ? string.Concat(content.Items().Select(Part)) : content.AsText();
    }

    private static string Part(RequestPart part)
    {
        part.RequireObject();
        return part.Text("type") switch
        {
            "text" => part.Text("text") ?? throw ApiError.Bad($"{part.Path}.text", $"'{part.Path}.text' is missing."),
            { } other => throw ApiError.Unsupported($"{part.Path}.type", $"the models of packages read text, not '{ModelOps.Core.Diagnostics.ForeignText.Clean(other, 40)}'"),
            null => throw ApiError.Bad($"{part.Path}.type", $"'{part.Path}.type' is missing."),
        };
    }
}
