using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Endpoints;

/// <summary>What a server said to one question.</summary>
/// <param name="HasUsage">It told how many tokens it counted.</param>
internal sealed record ChatReply(string Text, string Finish, int PromptTokens, int CompletionTokens, bool HasUsage);

/// <summary>Chat completions as JSON: requests out, replies in.</summary>
internal static class ChatWire
{
    /// <summary>Code of <see cref="Error"/> where Google's quota is spent.</summary>
    public const string QuotaFailure = "QuotaFailure";

    /// <summary>The same decoding as the candidate's: members that most servers lack are written only where they say something.</summary>
    public static JsonObject Request(EndpointOptions endpoint, Question question, DecodingOptions decoding)
    {
        var body = new JsonObject
        {
            ["model"] = endpoint.Model,
            ["messages"] = new JsonArray([.. question.Messages.Select(m => new JsonObject { ["role"] = m.Role, ["content"] = m.Content })]),
            ["temperature"] = decoding.Temperature,
            [endpoint.MaxTokensMember] = decoding.MaxNewTokens,
            ["seed"] = (long)((decoding.Seed + (ulong)question.Repeat) & long.MaxValue),
        };
        AddWhere(decoding.TopP < 1, "top_p", decoding.TopP);
        AddWhere(decoding.TopK > 0, "top_k", decoding.TopK);
        AddWhere(decoding.RepetitionPenalty != 1, "repetition_penalty", decoding.RepetitionPenalty);
        AddWhere(decoding.Stop.Count > 0, "stop", new JsonArray([.. decoding.Stop.Select(s => JsonValue.Create(s))]));
        if (decoding.JsonSchema is { } schema)
        {
            var named = new JsonObject { ["name"] = "answer", ["strict"] = true, ["schema"] = JsonNode.Parse(schema.GetRawText()) };
            body["response_format"] = new JsonObject { ["type"] = "json_schema", ["json_schema"] = named };
        }

        return body;

        void AddWhere(bool wanted, string name, JsonNode value)
        {
            if (wanted)
            {
                body[name] = value;
            }
        }
    }

    /// <exception cref="JsonException">No reply, or half of one.</exception>
    public static ChatReply Reply(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Read(body);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("it has text that is not Unicode", e); // what the reader says of a lone surrogate, and only when asked for the text
        }
    }

    private static ChatReply Read(ReadOnlyMemory<byte> body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement choice = Member(document.RootElement, "choices") is { ValueKind: JsonValueKind.Array } choices && choices.GetArrayLength() > 0
            ? choices[0] : throw new JsonException("it has no 'choices'");
        JsonElement message = Member(choice, "message") ?? throw new JsonException("its choice has no 'message'");
        string finish = Member(choice, "finish_reason") is { ValueKind: JsonValueKind.String } reason && reason.GetString() == "length" ? "length" : "stop";
        JsonElement? usage = Member(document.RootElement, "usage");
        return new ChatReply(Content(message), finish, Number(usage, "prompt_tokens") ?? 0, Number(usage, "completion_tokens") ?? 0, usage is { ValueKind: JsonValueKind.Object });
    }

    /// <summary>What an error body says: its message and its code, where it is one of the usual shapes; else the text itself.</summary>
    public static (string Message, string Code) Error(string body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement error = Member(document.RootElement, "error") ?? document.RootElement;
            string message = Text(error, "message") ?? Text(document.RootElement, "detail") ?? (error.ValueKind == JsonValueKind.String ? error.GetString()! : body);
            return (message, Text(error, "code") ?? Text(error, "type") ?? GoogleCode(error) ?? "");
        }
        catch (JsonException)
        {
            return (body, "");
        }
    }

    // A refusal is what the model says; an answer without content is an empty answer.
    private static string Content(JsonElement message) => Member(message, "content") switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(p => Text(p, "text"))),
        { ValueKind: JsonValueKind.Null } or null => Text(message, "refusal") ?? "",
        _ => throw new JsonException("its 'content' is no text"),
    };

    /// <summary>Google's errors: the quota is spent when the details name one and no moment after which to try again; else the status.</summary>
    private static string? GoogleCode(JsonElement error)
    {
        JsonElement[] details = Member(error, "details") is { ValueKind: JsonValueKind.Array } all ? [.. all.EnumerateArray()] : [];
        return Is("google.rpc.QuotaFailure") && !Is("google.rpc.RetryInfo") && !details.Any(d => Text(d, "reason") == "RATE_LIMIT_EXCEEDED") ? QuotaFailure : Text(error, "status");

        bool Is(string type) => details.Any(d => Text(d, "@type")?.EndsWith(type, StringComparison.Ordinal) == true);
    }

    public static string? Text(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A whole number from 0.</summary>
    public static int? Number(JsonElement? json, string name)
        => json is { } at && Member(at, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) && value >= 0 ? value : null;

    public static JsonElement? Member(JsonElement json, string name)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) ? value : null;
}
