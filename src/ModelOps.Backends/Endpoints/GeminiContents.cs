using System.Text.Json.Nodes;

namespace ModelOps.Backends.Endpoints;

/// <summary>A conversation as Gemini has it: the system message apart, the assistant's role called <c>model</c>.</summary>
internal static class GeminiContents
{
    /// <summary>Why a conversation of these roles cannot be had there; null when it can.</summary>
    public static string? Problem(IReadOnlyList<string> roles)
        => roles.FirstOrDefault(role => role is not ("system" or "user" or "assistant")) is { } odd ? $"a message of '{odd}' is not taken"
            : roles.Skip(1).Contains("system") ? "a system message after the first message is not taken"
            : roles.All(role => role == "system") ? "there is no message beside the system's" : null;

    /// <summary><c>systemInstruction</c>, where there is one, and <c>contents</c>.</summary>
    public static JsonObject Of(IEnumerable<(string Role, string Content)> messages)
    {
        var body = new JsonObject();
        var contents = new JsonArray();
        foreach ((string role, string content) in messages)
        {
            if (role == "system")
            {
                body["systemInstruction"] = Turn(role, content);
            }
            else
            {
                contents.Add(Turn(role, content));
            }
        }

        body["contents"] = contents;
        return body;
    }

    /// <summary>One message.</summary>
    public static JsonObject Turn(string role, string content) => new()
    {
        ["role"] = role == "assistant" ? "model" : role, ["parts"] = new JsonArray(new JsonObject { ["text"] = content }),
    };
}
